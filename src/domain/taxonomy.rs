//! Category tree and departments of a city.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// A level-2 class with its level-1 parent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Four digits, `LLMM`.
    pub code: String,
    /// 一级分类
    pub level1: String,
    /// 二级分类
    pub level2: String,
    /// Typical matters, for display and for the tree search.
    pub examples: Vec<String>,
    /// 默认主办单位: name of a [`Department`].
    pub department: String,
}

/// A unit that handles appeals (承办单位).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Department {
    /// Unique name.
    pub name: String,
    /// 市级部门, 群团, 垂直管理, 公共企业, 受理中心, …
    pub kind: String,
    /// 一级联动单位: on site within 30 minutes.
    pub first_response: bool,
}

/// The category list with lookup by code.
#[derive(Clone, Debug, Default)]
pub struct Taxonomy {
    categories: Vec<Category>,
    by_code: HashMap<String, usize>,
}

impl Taxonomy {
    /// A taxonomy; of two categories with one code the first is found (the pack's parser refuses
    /// such a pair before).
    pub fn new(categories: Vec<Category>) -> Self {
        let mut by_code = HashMap::new();
        for (index, category) in categories.iter().enumerate() {
            by_code.entry(category.code.clone()).or_insert(index);
        }
        Self { categories, by_code }
    }

    /// All categories, in the order of the pack.
    pub fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// The category of a code.
    pub fn get(&self, code: &str) -> Option<&Category> {
        self.by_code.get(code).map(|&index| &self.categories[index])
    }
}

/// A word of the pack's user dictionary (jieba's format: word, frequency, part of speech).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DictWord {
    /// The word, in simplified, normalised form.
    pub word: String,
    /// Frequency; none lets the segmenter choose one that keeps the word whole.
    pub freq: Option<usize>,
    /// Part of speech, e.g. `ns`.
    pub tag: Option<String>,
}
