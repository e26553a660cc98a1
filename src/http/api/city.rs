//! The city pack, read-only.

use axum::Json as Reply;

use crate::http::{
    Door,
    views::{CityView, DepartmentView, Level1View, RegionView},
};

/// The city that answers now.
#[utoipa::path(get, path = "/city", tag = "city", responses((status = 200, description = "Name and hash", body = CityView)))]
pub(crate) async fn city(door: Door) -> Reply<CityView> {
    Reply(CityView::of(&door.desk.city()))
}

/// 分类树.
#[utoipa::path(get, path = "/city/taxonomy", tag = "city", responses((status = 200, description = "Two levels", body = Vec<Level1View>)))]
pub(crate) async fn taxonomy(door: Door) -> Reply<Vec<Level1View>> {
    Reply(Level1View::tree(&door.desk.city()))
}

/// 承办单位.
#[utoipa::path(get, path = "/city/departments", tag = "city", responses((status = 200, description = "All departments", body = Vec<DepartmentView>)))]
pub(crate) async fn departments(door: Door) -> Reply<Vec<DepartmentView>> {
    Reply(DepartmentView::all(&door.desk.city()))
}

/// 区县和街镇.
#[utoipa::path(get, path = "/city/regions", tag = "city", responses((status = 200, description = "All regions", body = Vec<RegionView>)))]
pub(crate) async fn regions(door: Door) -> Reply<Vec<RegionView>> {
    Reply(RegionView::all(&door.desk.city()))
}
