//! Other names keep events apart; a city that the pack does not know is read by what its appeals give.

use tingsu::insight::Heard;

use super::{groups, heard, run};

fn of(lines: &[&str], district: &str) -> Vec<Heard> {
    let one = |line: &&str| Heard { district: Some(district.to_owned()), ..heard(line) };
    lines.iter().map(one).collect()
}

#[test]
fn two_streets_on_one_morning_are_two_bursts() {
    let appeals = of(
        &[
            "a1|2026-03-09 06:48|滨河街道|柳荫路水管爆裂|柳荫路和沿江路交叉口路面冒水,水柱一人高,请派人关阀门。",
            "a2|2026-03-09 07:10|滨河街道|停水|柳荫路老宿舍三栋楼今早停水,未见通知。",
            "a3|2026-03-09 07:31|滨河街道|门面进水|柳荫路卖早点的,水管炸了水灌进店里。",
            "a4|2026-03-09 10:02|滨河街道|几点通水|柳荫路抢修到几点?理发店没水做不了生意。",
            "b1|2026-03-09 07:05|老城街道|石牌坊巷冒水|石牌坊巷12号门口冒清水,应该是自来水管破了。",
            "b2|2026-03-09 07:22|老城街道|巷子停水|石牌坊巷停水了,没人通知,家里没存水。",
            "b3|2026-03-09 07:48|老城街道|水把墙泡了|石牌坊巷27号,水管破了泡着土墙。",
            "b4|2026-03-09 10:32|老城街道|什么时候来水|石牌坊巷停水到几点,做米粉生意急用。",
        ],
        "临江区",
    );
    let found = run(&appeals);
    for group in groups(&found) {
        let first = group[0].chars().next();
        assert!(group.iter().all(|t| t.chars().next() == first), "two streets in one event: {group:?}");
    }
    assert!(groups(&found).contains(&vec!["a1", "a2", "a3", "a4"]), "{:?}", groups(&found));
}

#[test]
fn another_firm_is_another_event() {
    let appeals = of(
        &[
            "a1|2026-03-05 19:20|云谷街道|动跃健身关门|动跃健身今天贴纸说停业,年卡还有十个月,要求退款。",
            "a2|2026-03-05 20:02|云谷街道|健身房跑路|在动跃健身办的私教课,现在人去楼空,要求退费。",
            "a3|2026-03-06 09:11|云谷街道|要求查处健身房|动跃健身突然歇业,会员卡退不了。",
            "b1|2026-03-05 17:45|云谷街道|铂力健身停业|铂力健身说租约到期不开了,年卡不给退。",
            "b2|2026-03-06 10:12|云谷街道|健身房不退钱|铂力健身月底还在收钱,今天就撤场,要求退费。",
            "b3|2026-03-06 19:30|云谷街道|会员权益|铂力健身双人卡,店关了,要求退剩余月份。",
        ],
        "高新区",
    );
    for group in groups(&run(&appeals)) {
        let first = group[0].chars().next();
        assert!(group.iter().all(|t| t.chars().next() == first), "two firms in one event: {group:?}");
    }
}
