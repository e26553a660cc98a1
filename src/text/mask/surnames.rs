//! Surnames.

/// Surnames of two characters.
const COMPOUND: &[&str] = &[
    "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "令狐", "慕容", "宇文", "长孙", "司徒", "端木",
    "夏侯", "轩辕", "南宫", "独孤", "西门", "呼延", "闻人", "澹台", "公冶", "宗政", "濮阳", "淳于", "单于", "太叔",
    "申屠", "钟离",
];

/// Surnames of one character, by frequency (ministry's list of the commonest, then rarer ones).
const SINGLE: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文洪尤施焦颜倪严牛温芦季俞章鲁葛伍申樊兰邢安殷耿齐梅庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼麦庞樊佟佘寇";

/// Surnames that are more often another word: they need more than standing before a title.
pub(super) const DOUBTFUL: &str =
    "于向和从同对由时让连比经给有那任常全应能会关成来位都单解包边强安计盖车路查简古来木商花";

/// Characters of the surname that `text` begins with: 2, 1, or 0 for none.
pub(super) fn surname_length(text: &str) -> usize {
    if COMPOUND.iter().any(|name| text.starts_with(name)) {
        return 2;
    }
    usize::from(text.chars().next().is_some_and(|c| SINGLE.contains(c)))
}
