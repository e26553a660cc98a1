//! The city pack on the wire, read-only.

use serde::Serialize;
use utoipa::ToSchema;

use crate::city::CityPack;

/// The city that answers now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CityView {
    /// Name.
    pub name: String,
    /// Content hash of the pack.
    pub hash: String,
    /// Number of level-2 categories.
    pub categories: usize,
    /// Number of departments.
    pub departments: usize,
    /// Number of districts and towns.
    pub regions: usize,
}

/// 一级分类.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Level1View {
    /// Name.
    pub name: String,
    /// 二级分类.
    pub categories: Vec<CategoryView>,
}

/// 二级分类.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CategoryView {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Typical matters.
    pub examples: Vec<String>,
    /// 默认主办单位.
    pub department: String,
}

/// 承办单位.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DepartmentView {
    /// Name.
    pub name: String,
    /// 市级部门, 群团, ….
    pub kind: String,
    /// 一级联动单位.
    pub first_response: bool,
}

/// A district or a town in it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RegionView {
    /// Stable id.
    pub id: String,
    /// 区县.
    pub district: String,
    /// 街镇; none for the district itself.
    pub town: Option<String>,
    /// Other names.
    pub aliases: Vec<String>,
}

impl CityView {
    /// The pack's title page.
    pub fn of(pack: &CityPack) -> Self {
        Self {
            name: pack.name.clone(),
            hash: pack.hash.clone(),
            categories: pack.taxonomy.categories().len(),
            departments: pack.departments.len(),
            regions: pack.regions.len(),
        }
    }
}

impl Level1View {
    /// The category tree in the order of the pack.
    pub fn tree(pack: &CityPack) -> Vec<Self> {
        let mut tree: Vec<Level1View> = Vec::new();
        for category in pack.taxonomy.categories() {
            let leaf = CategoryView {
                code: category.code.clone(),
                name: category.level2.clone(),
                examples: category.examples.clone(),
                department: category.department.clone(),
            };
            match tree.iter_mut().find(|branch| branch.name == category.level1) {
                Some(branch) => branch.categories.push(leaf),
                None => tree.push(Level1View { name: category.level1.clone(), categories: vec![leaf] }),
            }
        }
        tree
    }
}

impl DepartmentView {
    /// All departments in the order of the pack.
    pub fn all(pack: &CityPack) -> Vec<Self> {
        let view = |d: &crate::domain::Department| Self {
            name: d.name.clone(),
            kind: d.kind.clone(),
            first_response: d.first_response,
        };
        pack.departments.iter().map(view).collect()
    }
}

impl RegionView {
    /// All regions in the order of the pack.
    pub fn all(pack: &CityPack) -> Vec<Self> {
        let view = |r: &crate::domain::Region| Self {
            id: r.id.clone(),
            district: r.district.clone(),
            town: r.town.clone(),
            aliases: r.aliases.clone(),
        };
        pack.regions.iter().map(view).collect()
    }
}
