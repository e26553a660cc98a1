//! 接口文档: the description of the API as a page of the console, under the same content policy as every
//! other. Made from the description itself, so that it cannot say anything else.

use std::sync::LazyLock;

use askama::Template;
use axum::{http::Method, response::Response};
use serde_json::Value;

use crate::http::{
    Door,
    access::{self, Access},
    console::{frame::Frame, page},
    error::ApiResult,
    openapi::{self, openapi},
};

/// The groups in the order of the work, with their names.
const GROUPS: &[(&str, &str)] = &[
    ("appeals", "工单"),
    ("triage", "研判"),
    ("search", "检索"),
    ("acts", "办理"),
    ("watch", "关注"),
    ("topics", "热点与事件"),
    ("oversight", "驾驶舱与督办"),
    ("briefs", "简报"),
    ("audit", "简报审核"),
    ("city", "城市包"),
    ("service", "运行"),
];

/// What a value is: words, and the type that they lead to.
#[derive(Clone, Debug, Default)]
struct Kind {
    words: String,
    of: Option<String>,
}

#[derive(Debug)]
struct Row {
    name: String,
    /// Where it stands: 路径, 查询, 请求头; empty in a body.
    at: &'static str,
    needed: bool,
    kind: Kind,
    about: String,
}

#[derive(Debug)]
struct Answer {
    code: String,
    about: String,
    kind: Option<Kind>,
}

#[derive(Debug)]
struct Operation {
    method: String,
    path: String,
    summary: String,
    about: String,
    right: String,
    parameters: Vec<Row>,
    body: Option<Kind>,
    answers: Vec<Answer>,
    curl: String,
}

#[derive(Debug)]
struct Group {
    id: &'static str,
    name: &'static str,
    operations: Vec<Operation>,
}

#[derive(Debug)]
struct Shape {
    name: String,
    about: String,
    fields: Vec<Row>,
    /// What it is if it has no fields.
    kind: Kind,
}

#[derive(Debug)]
struct Reference {
    groups: Vec<Group>,
    shapes: Vec<Shape>,
}

#[derive(Template)]
#[template(path = "docs.html")]
struct DocsPage {
    frame: Frame,
    reference: &'static Reference,
    json: &'static str,
}

static REFERENCE: LazyLock<Reference> =
    LazyLock::new(|| Reference::of(&serde_json::to_value(openapi()).unwrap_or_default()));

/// The page.
pub(crate) async fn docs(door: Door) -> ApiResult<Response> {
    let frame = Frame::of(&door.desk, "接口文档", openapi::DOCS).await;
    page(&DocsPage { frame, reference: &REFERENCE, json: openapi::JSON })
}

impl Reference {
    fn of(api: &Value) -> Self {
        let mut groups: Vec<Group> =
            GROUPS.iter().map(|&(id, name)| Group { id, name, operations: Vec::new() }).collect();
        for (path, methods) in entries(&api["paths"]) {
            for (method, operation) in entries(methods) {
                let tag = operation["tags"][0].as_str().unwrap_or_default();
                // a group that was forgotten above is still described
                let at = groups.iter().position(|group| group.id == tag).unwrap_or(groups.len() - 1);
                groups[at].operations.push(Operation::of(path, method, operation));
            }
        }
        let shapes = entries(&api["components"]["schemas"]).map(|(name, schema)| Shape {
            name: name.clone(),
            about: words(schema),
            fields: fields(schema),
            kind: kind(schema),
        });
        Self { groups, shapes: shapes.collect() }
    }
}

impl Operation {
    fn of(path: &str, method: &str, operation: &Value) -> Self {
        let method = method.to_uppercase();
        let parameters = list(&operation["parameters"]).map(|one| Row {
            name: text(&one["name"]),
            at: match one["in"].as_str() {
                Some("path") => "路径",
                Some("query") => "查询",
                _ => "请求头",
            },
            needed: one["required"].as_bool() == Some(true),
            kind: kind(&one["schema"]),
            about: words(one),
        });
        let sent = |content: &Value| entries(content).next().map(|(_, media)| kind(&media["schema"]));
        let answers = entries(&operation["responses"]).map(|(code, answer)| Answer {
            code: code.clone(),
            about: words(answer),
            kind: sent(&answer["content"]),
        });
        let content = &operation["requestBody"]["content"];
        let media = entries(content).next().map(|(name, _)| name.clone());
        Self {
            right: right(&method, path),
            curl: curl(&method, path, media.as_deref()),
            summary: text(&operation["summary"]),
            about: words(operation),
            parameters: parameters.collect(),
            body: sent(content),
            answers: answers.collect(),
            path: path.to_owned(),
            method,
        }
    }
}

/// What a key needs for it, by the table that is asked before any handler runs.
fn right(method: &str, path: &str) -> String {
    match access::of(&Method::from_bytes(method.as_bytes()).unwrap_or_default(), path) {
        Access::Public => "无须密钥".to_owned(),
        Access::Known | Access::Anyone => "任何密钥".to_owned(),
        Access::Needs(right) => format!("{}({})", right.label(), right.code()),
        Access::Unlisted => "管辖全市".to_owned(),
    }
}

fn curl(method: &str, path: &str, media: Option<&str>) -> String {
    let mut line = "curl".to_owned();
    if method != "GET" {
        line.push_str(&format!(" -X {method}"));
    }
    line.push_str(" -H 'Authorization: Bearer tsk_…'");
    match media {
        Some("application/json") => line.push_str(" -H 'Content-Type: application/json' -d @请求.json"),
        Some(other) => line.push_str(&format!(" -H 'Content-Type: {other}' --data-binary @文件")),
        None => {}
    }
    format!("{line} 'https://本机地址{path}'")
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn words(of: &Value) -> String {
    text(&of["description"])
}

/// The fields of an object, those of the parts that it is made of too.
fn fields(schema: &Value) -> Vec<Row> {
    let needed: Vec<&str> = list(&schema["required"]).filter_map(Value::as_str).collect();
    let own = entries(&schema["properties"]).map(|(name, field)| Row {
        name: name.clone(),
        at: "",
        needed: needed.contains(&name.as_str()),
        kind: kind(field),
        about: words(field),
    });
    let parts = list(&schema["allOf"]).flat_map(|part| match kind(part) {
        of @ Kind { of: Some(_), .. } => {
            vec![Row { name: "…".to_owned(), at: "", needed: true, kind: of, about: words(part) }]
        }
        _ => fields(part),
    });
    parts.chain(own).collect()
}

fn kind(schema: &Value) -> Kind {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return Kind { words: String::new(), of: Some(name.to_owned()) };
    }
    let choices: Vec<Kind> = list(&schema["oneOf"]).filter(|one| one["type"] != "null").map(kind).collect();
    if let Some(first) = choices.first() {
        return first.clone();
    }
    let values: Vec<&str> = list(&schema["enum"]).filter_map(Value::as_str).collect();
    if !values.is_empty() {
        return Kind { words: values.join(" | "), of: None };
    }
    let named = |name: &str| match name {
        "string" => "文字",
        "integer" => "整数",
        "number" => "数",
        "boolean" => "是否",
        "object" => "对象",
        _ => "",
    };
    let types = schema["type"].as_str().into_iter().chain(list(&schema["type"]).filter_map(Value::as_str));
    match types.into_iter().find(|name| *name != "null") {
        Some("array") => {
            let one = kind(&schema["items"]);
            Kind { words: format!("{}列表", one.words), of: one.of }
        }
        Some(name) => Kind { words: named(name).to_owned(), of: None },
        None => Kind::default(),
    }
}
