//! What a share says of itself: of which part it is, of which whole.

use super::quantity::Quantity;

/// What a share says it is of.
pub(super) enum Of {
    /// Nothing is said.
    Unnamed,
    /// 总量, 诉求总数: some whole.
    Whole,
    /// A whole of a certain name.
    Named(String),
}

/// Words between the last mark and 占 that name what the share is of: none in 占比22.4%.
pub(super) fn own_label(share: &Quantity) -> String {
    let piece = share.piece.as_str();
    let cut = ["占", "比重", "份额", "比例"].iter().filter_map(|w| piece.find(w)).min();
    let before =
        piece[..cut.unwrap_or(if share.measure == "成" || share.measure == "分之" { 0 } else { piece.len() })].trim();
    let plain = [
        "合计", "共计", "约", "共", "其", "均", "总计", "诉求", "分别", "总", "上述", "两者", "三者", "所", "大约",
        "总体", "为", "数量", "达", "近",
    ];
    let known = plain.contains(&before) || before.is_empty() || before.ends_with("件") || before.contains("超");
    if known { String::new() } else { before.trim_start_matches("其中").trim_end_matches("诉求").to_owned() }
}

/// What stands between 占 and the number.
pub(super) fn of(share: &Quantity) -> Of {
    let Some(at) = share.piece.find('占') else { return Of::Unnamed };
    let name = share.piece[at + '占'.len_utf8()..].trim_start_matches('比');
    let name = name.trim_end_matches(|c: char| {
        matches!(c, '的' | '约' | '近' | '为' | '达' | '到' | '超' | '过' | ' ' | '比' | '例' | '重' | '了' | '逾')
    });
    let name = name
        .trim_start_matches(['为', '约', '全', '了', '本', '当'])
        .trim_start_matches(['周', '月', '期', '市', '区', '县', '年', '部']);
    let generic = [
        "总",
        "总量",
        "总数",
        "总诉求",
        "诉求总量",
        "诉求总数",
        "诉求",
        "工单",
        "工单总量",
        "诉求量",
        "整体",
        "诉求件",
        "总工单",
    ];
    match name {
        "" => Of::Unnamed,
        name if generic.iter().any(|w| name == *w || name.strip_suffix('量') == Some(w)) => Of::Whole,
        name => Of::Named(name.to_owned()),
    }
}
