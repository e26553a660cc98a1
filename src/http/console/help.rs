//! 帮助: what each part does, where it is, how to use it, and what its limits are. All of its words are here.

use askama::Template;
use axum::response::Response;

use crate::http::{
    Door,
    console::{
        frame::{Frame, RAIL},
        page,
    },
    error::ApiResult,
};

/// A feature. `href` is the page of the rail on which it is; `{区县}` in `how` is a district of the city.
struct Section {
    id: &'static str,
    title: &'static str,
    href: &'static str,
    does: &'static str,
    how: &'static str,
    limits: &'static str,
}

const SECTIONS: &[Section] = &[
    Section {
        id: "intake",
        title: "受理台",
        href: "/intake",
        does: "边听边录,系统同时给出诉求类型、类别、主办单位、急度的前三种建议,标出依据的词句,列出地点、相似与重复的工单。",
        how: "从来电号码开始,按 Tab 依次填写;建议正确时按 Alt+Enter,一次采纳并保存;不对时按 Alt+1、2、3 改选。右侧的旧回复可直接采用。",
        limits: "建议只供参考,派单由人决定;模型停用时仍可登记,只按规则判断急度。",
    },
    Section {
        id: "urgency",
        title: "急慢分治",
        href: "/intake",
        does: "按突发、敏感、集中、重要四类标记分为特急 U1、紧急 U2、加急 U3、一般 U4。规则托底、模型判断,取高者。",
        how: "横条写明依据的词句和应联动的单位(110、119、120、122 与供水、供电、燃气等),可一键生成转办说明。事件升温时,其中工单的急度会随预警调高。",
        limits: "程序只会调高,不会调低;调低必须由人写明理由,两次判断都留痕。转接要由受理员在话务系统中操作。",
    },
    Section {
        id: "split",
        title: "拆分来电",
        href: "/intake",
        does: "一次来电说了几件事时,提示拆成几件,每件有自己的建议;保存时一并登记,互为“同一来电”。",
        how: "在受理台按 Alt+S;每件可改、可并、可不理。",
        limits: "一次最多九件;是否拆分由受理员决定,原话一字不改。",
    },
    Section {
        id: "tickets",
        title: "工单",
        href: "/tickets",
        does: "按状态、急度、区县、主办、类别、时间列出工单;工单页上有原文、回复、定性记录、流转记录、相似工单与督办。",
        how: "筛选条件都在网址里,可以发给同事。J、K 上下移动,O 打开。定性有误时,有定性权限的人在工单页点“更正定性”,调低急度要写理由。",
        limits: "只列出管辖范围内的工单;个人信息按角色遮盖,每次查看未遮盖内容都有记录。",
    },
    Section {
        id: "handling",
        title: "办理与流转",
        href: "/tickets",
        does: "派单、签收、退单、联系、答复、回访、二次办理、归档、指定经办人、标注、备注,每一步都记下时间、人员和内容。",
        how: "在工单页点要做的一步;此刻的状态不允许的步骤不会出现。派到与定性不同的单位时,同时记为一次定性。",
        limits: "派单、回访、二次办理、归档由受理员与督办员做,签收、联系、答复、退单由办件单位做。已做的步骤不能删改,只能再做一步。",
    },
    Section {
        id: "bulk",
        title: "批量办理与导出",
        href: "/tickets",
        does: "在工单名单中选择多件,一次办理;或把筛选结果导出为 Excel、CSV 文件。",
        how: "按 X 或点行首的方框选择,再选动作或“导出所选”;全部筛选结果从名单上方的“导出”下载。",
        limits: "一次最多办理 500 件,不允许的那几件会分别说明原因,其余照办。导出最多 2 万件(Excel)或 5 万件(CSV),个人信息遮盖,每次导出都进入审计;督办员、研判员可以导出。",
    },
    Section {
        id: "search",
        title: "检索",
        href: "/search",
        does: "在全部历史诉求、回复和地点中查找,短词、长词、繁简、全半角都能找到,可按词语、按意思或两者合并。",
        how: "词之间用空格表示都要有,“或”表示任一,引号内原样出现,减号表示排除;可写 区县:{区县}、急度:U1、时间:近7天、部门:、类别:、状态:、渠道:、满意度: 等条件。任何页面按 / 即可输入。",
        limits: "刚登记的工单几秒后可以检索到;看不懂的写法按普通词检索并给出提示。",
    },
    Section {
        id: "topics",
        title: "热点与事件",
        href: "/topics",
        does: "把近 60 天的工单归并成事件,指出新出现、上升、反复的,给出热度及其四个组成部分、走势、原话摘录。重复(同一人同一事)、同一事件(不同人)、同类(同一类原因)分开计算。",
        how: "点事件看成员、走势与来龙去脉;突发或集中时发出预警,一周没有新来电自动解除。",
        limits: "最多看近 60 天、四万件。每天八千件以上时四万件不足五天,看不出平常水平,类别与关键词预警会减少或停发,热点页会写明实际天数。由程序归并,可能有误,重要判断请核对成员工单。",
    },
    Section {
        id: "correct",
        title: "事件校正与母单",
        href: "/topics",
        does: "归并有误时由人改正:更名、合并、拆分、移动、剔出、固定。突然集中的事件以首件为母单,其余自动挂接,可挂一份统一答复。",
        how: "在事件页操作,每次都要写理由;最近十次可撤销,母单可解除。",
        limits: "由研判员与督办员操作。以后的归并遵从这些校正;统一答复不派单,也不改各件的办理状态。",
    },
    Section {
        id: "causes",
        title: "从一件事到一类事",
        href: "/causes",
        does: "按件数、出现的周次、涉及单位与未解决的比例列出反复出现的成因;采取举措后比较前后。",
        how: "点件数看它的工单,点涉及单位看各单位的;点成因,填写举措的日期,看前后每周件数之差及其 95% 区间。",
        limits: "前后各要有若干整周才作比较;比较只说明变化,不证明由举措引起。",
    },
    Section {
        id: "watches",
        title: "关注",
        href: "/watches",
        does: "保存一个检索,以后有新工单符合时提醒一次。",
        how: "在检索页点“关注此检索”,在关注页查看与标为已读。",
        limits: "每人最多 500 个;同一工单对同一关注只提醒一次。",
    },
    Section {
        id: "cockpit",
        title: "驾驶舱",
        href: "/cockpit",
        does: "一页看全市:今日六个数与平常相比、紧急在办、黄橙红、预警与热点、类别与区县的升降、时段分布、承办单位三率、热词、下周区间。大屏与手机通用,有变化时自动更新。",
        how: "每个数字都可点,打开的就是这个数背后的工单;区县、类别后面的小字是前 7 天的数,也可点。页面不在眼前时停止更新,回来后自动补上;脚本不可用时点“刷新”。",
        limits: "“平常”是前 8 周同一星期几、同一时段的平均(不足 8 周按实有周数,不足 2 周不比较)。统计全市,管辖范围受限的账号不能打开。数字取自那一刻,工单变化后名单随之变化。",
    },
    Section {
        id: "rates",
        title: "三率与综合成绩",
        href: "/cockpit",
        does: "响应率 = 已联系 ÷ 有效回访;解决率 = 解决 ÷ 有效回访;满意率 =(满意 + 0.9 × 基本满意)÷ 有效回访;综合成绩 = 0.1 × 响应率 + 0.5 × 解决率 + 0.4 × 满意率,均按 0 至 100 计。",
        how: "口径为近 28 天受理的工单;每个率旁边写出分子与分母,都可点开核对。",
        limits: "来源没有记录联系或解决情况时显示“未记录”,不作推算,也不给综合成绩。没有记录是否有效回访时,已作评价的视为有效回访。",
    },
    Section {
        id: "forecast",
        title: "趋势预判",
        href: "/cockpit",
        does: "给出下周受理量的区间(80% 的把握),并公布同一方法在过去各周的命中情况。",
        how: "看“下周预测”一栏:折线是过去各周,末端的区间是下周。",
        limits: "至少要有 8 整周的历史;只按历史水平、工作日与节假日、往年同期推算,不知道将要发生的事件。",
    },
    Section {
        id: "supervise",
        title: "督办与黄橙红",
        href: "/supervise",
        does: "黄:剩余时间不足五分之一,或签收时限已过半仍未签收;橙:超期一日之内,或第二次退单;红:超期逾一日,特急、紧急的任一时限超时,或同一诉求第三次来电。",
        how: "按颜色、原因、单位、区县查看;点“督办”写明理由与时限发出,办结时写明结果。督办在工单页上也能看到和发出,发出与办结都进入审计。",
        limits: "按工作日计的时限只数城市包日历中的工作日;没有记录办结时限的,按城市包的时限推算。程序不会自动发出督办。“第三次来电”按工单的“重复于”关联计算,含首次。",
    },
    Section {
        id: "briefs",
        title: "简报",
        href: "/briefs",
        does: "生成日报、周报、专报、快报、每月一办,每个数都带口径、分母与工单,可随时重算。",
        how: "选类型生成草稿,改文字、核稿、签发,导出 Word、网页、表格。点数字看背后的工单;工单变化后,受影响的数会标出。",
        limits: "数字不能手改;核稿人不能是最后修改的人;签发后不能再改。",
    },
    Section {
        id: "instructions",
        title: "批示登记与跟踪",
        href: "/briefs",
        does: "把领导在简报上的批示登记下来:谁批的、批示内容、承办单位、办理期限;每一步办理记下时间、人员和说明,直到办结。",
        how: "在简报页的“批示”处登记,再按办理中、已答复、已办结逐步更新;没有办结的列在简报页的名单旁。",
        limits: "程序不会自动转交承办单位;内容中的个人信息对所有人遮盖,已写的步骤不能删改。",
    },
    Section {
        id: "rephrase",
        title: "简报改写",
        href: "/briefs",
        does: "请语言模型把简报的一段换个说法;改动了数字、引文或增添了事实的说法不予采用,并写明原因。",
        how: "在草稿的一节上点“换个说法”,看过之后采用或放弃;采用后仍可恢复规则原文。",
        limits: "配置中写明了单位内网的语言模型才有;送出的只是这一节的文字,数据与引文以标记代替。不用它,简报同样完整。",
    },
    Section {
        id: "audit",
        title: "简报审核",
        href: "/audit",
        does: "核对任何一份中文简报中的合计、占比、环比、排序,逐条列出算式。",
        how: "粘贴文字或上传 Word、网页文件。",
        limits: "判不准的写“无法核对”,不猜。",
    },
    Section {
        id: "quality",
        title: "质量",
        href: "/quality",
        does: "建议的采纳率、混淆、校准,以及最值得人工定性的工单;模型版本的比较、启用与退回。",
        how: "在名单中直接采纳或改选,也可打开工单点“更正定性”,下次训练即用上。",
        limits: "以人工定性为准,未定性的工单不计入。",
    },
    Section {
        id: "admin",
        title: "管理",
        href: "/admin",
        does: "账号、接口密钥、会话、城市包、词语、备份、审计、运行状态。",
        how: "左侧“管理”中的各页;命令行也能做同样的事。",
        limits: "审计记录逐条封存,改动任何一字都能查出;个人信息只对需要的角色显示。",
    },
    Section {
        id: "linked",
        title: "与其他平台相连",
        href: "/admin",
        does: "已有热线平台可以用接口送入工单、取回建议、检索、驾驶舱数字与督办;也可以导入 Excel、CSV。",
        how: "由管理员从左下角打开“接口文档”,在“管理”中发放密钥,可限定权限与管辖范围。",
        limits: "不接听电话,不替代话务与派单系统;视频、传感器、网格系统的告警须由原系统送入。",
    },
];

const KEYS: &[(&str, &str)] = &[
    ("/", "到检索框"),
    ("?", "打开本页面的帮助"),
    ("J K", "在名单中下移、上移"),
    ("O", "打开选中的一行"),
    ("X", "工单:选择一行,以便批量办理或导出"),
    ("Alt+Enter", "受理台:采纳全部建议并保存"),
    ("Alt+1 2 3", "受理台:改选类别;Alt+0 打开目录"),
    ("Alt+Z X C", "受理台:进入类型、类别、主办,再按 1、2、3"),
    ("Alt+T", "受理台:转接并生成转接单"),
    ("Alt+S", "受理台:拆成几件"),
    ("Alt+V", "受理台:到相似工单;上下键选,回车采用答复"),
    ("Ctrl+Enter", "受理台:保存"),
    ("Tab", "受理台:按通话的顺序到下一栏"),
    ("Esc", "受理台:回到正文"),
];

const ROLES: &[(&str, &str)] = &[
    ("受理员", "登记、定性、派单、回访、归档、检索、关注;看得到未遮盖的来电人信息"),
    ("办件员", "办理本单位工单(签收、联系、答复、退单)、检索、关注;看得到未遮盖的来电人信息"),
    ("督办员", "受理员与办件员的全部,加热点与校正、驾驶舱、简报、督办、质量、导出"),
    ("研判员", "定性、热点与校正、驾驶舱、简报、质量、导出;个人信息遮盖"),
    ("领导", "查看、热点、驾驶舱、简报与签发、督办、质量;个人信息遮盖"),
    ("管理员", "账号与系统,热点、驾驶舱、简报、质量;个人信息遮盖"),
];

/// Where on this page is told of a page of the rail.
pub(super) fn link_of(at: &str) -> String {
    match SECTIONS.iter().find(|section| section.href == at) {
        Some(section) => format!("/help#{}", section.id),
        None => "/help".to_owned(),
    }
}

/// A section as somebody reads it.
struct Shown {
    section: &'static Section,
    /// The page's name.
    name: &'static str,
    /// Whether the reader may open it.
    may: bool,
    how: String,
}

#[derive(Template)]
#[template(path = "help.html")]
struct HelpPage {
    frame: Frame,
    sections: Vec<Shown>,
    keys: &'static [(&'static str, &'static str)],
    roles: &'static [(&'static str, &'static str)],
}

/// The page. Where the role may not open a feature, it says so instead of leading there.
pub(crate) async fn help(door: Door) -> ApiResult<Response> {
    let frame = Frame::of(&door.desk, "帮助", "/help").await;
    let name = |href: &str| RAIL.iter().find(|entry| entry.href == href).map_or("", |entry| entry.name);
    let shown = |section: &'static Section| Shown {
        section,
        name: name(section.href),
        may: frame.opens(section.href),
        how: section.how.replace("{区县}", &frame.district),
    };
    page(&HelpPage { sections: SECTIONS.iter().map(shown).collect(), keys: KEYS, roles: ROLES, frame })
}
