//! Bulletins with known numbers: what is confirmed, what is blamed, what is left open.

use tingsu::report::audit::{Check, Kind, Verdict, audit};

use Verdict::{Agrees, Disagrees, Unknown};

/// Every claim has a check of this verdict over it, and nothing else is called wrong.
fn check(text: &str, wanted: &[(Verdict, &str)]) {
    let checks = audit(text);
    let chars: Vec<char> = text.chars().collect();
    let over = |c: &Check, claim: &str| {
        let start = text[..text.find(claim).expect("the claim stands in the text")].chars().count();
        c.start < start + claim.chars().count() && start < c.end
    };
    for c in &checks {
        assert_eq!(chars[c.start..c.end].iter().collect::<String>(), c.claim, "{text}");
        let known = wanted.iter().any(|(verdict, claim)| *verdict == Disagrees && over(c, claim));
        assert!(c.verdict != Disagrees || known, "wrongly blamed in {text}: {c:?}");
    }
    for (verdict, claim) in wanted {
        let met = checks.iter().any(|c| c.verdict == *verdict && over(c, claim));
        assert!(met, "{text}: wanted {verdict:?} for {claim}, got {checks:#?}");
    }
}

#[test]
fn the_newspapers_week_is_confirmed() {
    let text = "2月11日至18日,市12345在线平台收到企业和群众诉求26893件,尚贤人才50件,一企来408件。\n\
        社会保险6024件,占22.4%;消费服务3224件,占12%;权益保障1642件,占6.11%;住房保障1639件,占6.1%;\
        交通出行1131件,占4.21%;五类合计13660件,占50.8%。";
    check(
        text,
        &[
            (Agrees, "占22.4%"),
            (Agrees, "占12%"),
            (Agrees, "占6.11%"),
            (Agrees, "占6.1%"),
            (Agrees, "占4.21%"),
            (Agrees, "五类合计13660件"),
            (Agrees, "占50.8%"),
        ],
    );
}

#[test]
fn errors_of_published_bulletins_are_found() {
    check("全市受理诉求32376件,其中违法建设489件,占1.43%。", &[(Disagrees, "占1.43%")]);
    check("共收到诉求15715件。住房保障1224件,占7.9%。", &[(Disagrees, "占7.9%")]);
    check("受理诉求15715件,其中交通出行1608件,占10.26%。", &[(Disagrees, "占10.26%")]);
    check(
        "各渠道共受理38447件,其中电话34859件、微信微博2724件、网站邮件155件、110接警261件、上级派发318件、政府网115件。",
        &[(Disagrees, "38447件")],
    );
    let two = "11月份,热线共受理群众各类诉求284406件。其中,咨询类诉求124599件,占63.72%;求助类诉求56672件,占28.98%;\
        投诉类诉求1983件,占1.01%;建议类诉求1182件,占0.6%;举报类890件,占0.46%;感谢类415件,占0.21%;\
        其它类诉求9791件,占5.01%。";
    let shares = ["占63.72%", "占28.98%", "占1.01%", "占0.6%", "占0.46%", "占0.21%", "占5.01%"];
    let wrong: Vec<_> = ["284406件"].into_iter().chain(shares).map(|claim| (Disagrees, claim)).collect();
    check(two, &wrong);
    let told = audit(two).into_iter().find(|c| c.kind == Kind::Share).unwrap();
    assert!(told.reason.contains("195,532"), "the reason names the whole that would fit: {told:?}");
}

#[test]
fn the_print_of_a_share_tells_its_tolerance() {
    for (print, verdict) in [
        ("22%", Agrees),
        ("22.4%", Agrees),
        ("22.40%", Agrees),
        ("22.399%", Disagrees),
        ("22.5%", Disagrees),
        ("23%", Disagrees),
        ("百分之二十二", Agrees),
        ("22.4%", Agrees),
        ("两成多", Agrees),
        ("三成多", Disagrees),
        ("近四分之一", Agrees),
        ("三分之一", Disagrees),
    ] {
        check(&format!("共受理诉求26893件,其中社会保险6024件,占{print}。"), &[(verdict, print)]);
    }
}

#[test]
fn two_readings_leave_it_open() {
    // The largest few of many.
    check("共受理诉求1000件,其中物业120件、噪音80件、停车60件。", &[(Unknown, "1000件")]);
    // No earlier figure.
    check("受理诉求1000件,环比上升5%。", &[(Unknown, "环比上升5%")]);
    // The rounding of both ends.
    check("满意率95.2%,较上月的93.9%提高1.4个百分点。", &[(Unknown, "1.4个百分点")]);
    // What the share is of stands nowhere.
    check("共受理诉求1000件。网络购物120件,占电商类的37.2%。", &[(Unknown, "37.2%")]);
    check("投诉、求助分别占40%、35%。", &[(Unknown, "40%")]);
}

#[test]
fn lists_and_totals() {
    check("咨询600件、投诉250件、求助150件,合计1000件。", &[(Agrees, "合计1000件")]);
    check("咨询600件、投诉250件、求助150件,合计1100件。", &[(Disagrees, "合计1100件")]);
    check("共60件,投诉、求助、咨询分别为10件、20件、30件。", &[(Agrees, "60件")]);
    check("共65件,投诉、求助、咨询分别为10件、20件、30件。", &[(Disagrees, "65件")]);
    check("受理1000件,其中投诉600件(其中噪音400件、油烟200件)、其他400件。", &[(Agrees, "1000件"), (Agrees, "600件")]);
    check("受理1000件,其中投诉600件(噪音400件、其他300件)、其他400件。", &[(Agrees, "1000件"), (Disagrees, "600件")]);
    check("受理180.00万件,其中办结150.25万件,正在办理29.75万件。", &[(Agrees, "180.00万件")]);
    check("全市有5个分中心。其中受理诉求300件、120件。", &[]);
}

#[test]
fn changes_take_their_base_from_the_text() {
    check("本周1200件,较上周的1000件上升20%。", &[(Agrees, "上升20%")]);
    check("本周1200件,较上周的1000件上升16.7%。", &[(Disagrees, "上升16.7%")]);
    check("上周1000件,本周900件,环比上升10%。", &[(Disagrees, "环比上升10%")]);
    check(
        "本周1200件(上周1000件),环比上升20%;去年同期1500件,同比下降20%。",
        &[(Agrees, "环比上升20%"), (Agrees, "同比下降20%")],
    );
    check("受理3656件,较上月减少41件,环比下降1.11%。", &[(Agrees, "环比下降1.11%")]);
    check("本周2000件,其中投诉300件,环比上升20%。上周1000件。", &[(Unknown, "环比上升20%")]);
    check("由4000件增至5000件,增长25%。", &[(Agrees, "增长25%")]);
    check("300件,是上期120件的2.5倍。", &[(Agrees, "2.5倍")]);
}

#[test]
fn rates_averages_and_orders() {
    check("有效回访1000件,满意820件、基本满意130件、不满意50件,满意率95%。", &[(Agrees, "满意率95%")]);
    check("有效回访1000件,满意820件、基本满意130件、不满意50件,满意率97%。", &[(Disagrees, "满意率97%")]);
    check("3月18日至24日受理9312件,日均1330件。", &[(Agrees, "日均1330件")]);
    check("2月25日至3月3日受理7000件,日均1000件。", &[(Agrees, "日均1000件")]);
    check("3月18日至24日受理9312件,日均1164件。", &[(Disagrees, "日均1164件")]);
    check("前三位依次为物业812件、市容640件、道路598件。", &[(Agrees, "前三位")]);
    check("前三位依次为物业812件、市容598件、道路640件。", &[(Disagrees, "640件")]);
    check("满意率为102%。", &[(Disagrees, "102%")]);
}

#[test]
fn numerals_of_all_kinds() {
    check("共受理诉求一千二百件,其中投诉三百六十件,占三成。", &[(Agrees, "三成")]);
    check("共受理诉求1 200件,其中投诉360件,占30%。", &[]);
    check("共受理诉求4.6万多件,其中投诉1.15万件,占25%。", &[(Agrees, "占25%")]);
    check("共受理诉求46,000件,其中投诉11,500件,占25%。", &[(Agrees, "占25%")]);
    check("12345热线第12期(总第74期),电话0513-12345678,2025年3月5日14:30,第3批5个工作日,前三位。", &[]);
    check("共受理訴求1200件,其中投訴360件,佔30%。", &[(Agrees, "佔30%")]);
}

#[test]
fn tables_are_added_up() {
    let table = |last: &str, share: &str| {
        format!("类别\t件数\t占比\n咨询\t600\t60.0%\n投诉\t250\t{share}\n求助\t150\t15.0%\n合计\t{last}\t100%")
    };
    check(&table("1000", "25.0%"), &[(Agrees, "1000"), (Agrees, "25.0%")]);
    check(&table("1100", "25.0%"), &[(Disagrees, "1100"), (Agrees, "60.0%"), (Agrees, "25.0%")]);
    check(&table("1000", "26.0%"), &[(Disagrees, "26.0%"), (Agrees, "60.0%")]);
    let weeks =
        "| 类别 | 本周 | 上周 | 环比 |\n|---|---|---|---|\n| 咨询 | 600 | 500 | 20.0% |\n| 投诉 | 250 | 260 | 3.8% |";
    check(weeks, &[(Agrees, "20.0%"), (Disagrees, "3.8%")]);
}

#[test]
fn what_stands_before_a_chain_is_its_whole_and_its_base() {
    let shares = |second: &str| format!("物业2140件、市容1605件、道路963件,分别占总量10700件的20%、{second}、9%。");
    check(&shares("15%"), &[(Agrees, "20%"), (Agrees, "15%"), (Agrees, "9%")]);
    check(&shares("16%"), &[(Agrees, "20%"), (Disagrees, "16%"), (Agrees, "9%")]);
    check("甲区1200件、乙区900件,占全市(6000件)的比重依次为20%、25%。", &[(Agrees, "20%"), (Disagrees, "25%")]);
    let points = |last: &str| {
        format!(
            "响应率、解决率、满意率分别为99.5%、92.1%、95.3%,上月分别为99.3%、91.0%、94.5%,较上月分别提升0.2、1.1、{last}个百分点。"
        )
    };
    check(&points("0.8"), &[(Agrees, "1.1"), (Agrees, "0.8个百分点")]);
    check(&points("1.8"), &[(Agrees, "1.1"), (Disagrees, "1.8个百分点")]);
    // Of three rows none says which is compared: nothing is told.
    check("甲、乙分别为9.5%、8.2%,丙、丁分别为7.1%、6.0%,分别提升3.0、1.0个百分点。", &[(Unknown, "1.0个百分点")]);
}

#[test]
fn rows_that_are_said_to_run_one_way_do() {
    check("近四周分别为120件、135件、148件、160件,逐周上升。", &[(Agrees, "逐周上升")]);
    check("近四周分别为120件、135件、131件、160件,逐周上升。", &[(Disagrees, "逐周上升")]);
    check("8月、9月、10月分别为1420件、1365件、1388件,连续下降。", &[(Disagrees, "连续下降")]);
    check("10月、9月、8月分别为1388件、1365件、1320件,逐月上升。", &[(Agrees, "逐月上升")]);
    check("近四周分别为150件、135件、148件、160件,连续三周上升。", &[(Agrees, "连续三周上升")]);
    check("近四周分别为120件、135件、131件、160件,总体上升。", &[]);
}

#[test]
fn sums_of_shares_and_shares_in_words() {
    check("噪声占20.1%,物业占15.2%,市容占10%,三类合计占45.3%。", &[(Agrees, "三类合计占45.3%")]);
    check("噪声占20.1%,物业占15.2%,市容占10%,三类合计占46.3%。", &[(Disagrees, "三类合计占46.3%")]);
    check("受理4000件,噪声类1580件,占近四成。", &[(Agrees, "近四成")]);
    check("受理4000件,噪声类1320件,占近四成。", &[(Disagrees, "近四成")]);
    check("受理108件,超过半数集中在北城(61件)。", &[(Agrees, "过半数")]);
}

#[test]
fn remarks_and_items_in_brackets_are_read() {
    let visited = |rate: &str| format!("回访1860件,满意1488件、基本满意279件、不满意93件,满意率(含基本满意)为{rate}。");
    check(&visited("95.0%"), &[(Agrees, "95.0%")]);
    check(&visited("97.0%"), &[(Disagrees, "97.0%")]);
    let wages = |share: &str| format!("欠薪诉求412件,主要集中在建筑领域(289件,占70.1%)和餐饮领域(62件,占{share})。");
    check(&wages("15.0%"), &[(Agrees, "占70.1%"), (Agrees, "占15.0%")]);
    check(&wages("18.0%"), &[(Agrees, "占70.1%"), (Disagrees, "占18.0%")]);
    check("呼入12000个,其中人工接听9500个,形成工单3800件。", &[]);
}

#[test]
fn years_and_columns_of_points() {
    check("全年受理54.75万件,日均1500件。", &[(Agrees, "日均1500件")]);
    check("前三季度受理54.6万件,日均2000件。", &[(Agrees, "日均2000件")]);
    check("前三季度受理54.6万件,日均5935件。", &[(Disagrees, "日均5935件")]);
    let table = |last: &str| {
        format!(
            "区县\t本月满意率\t上月满意率\t变化(百分点)\n甲区\t95.2%\t94.1%\t1.1\n乙区\t93.0%\t93.6%\t-0.6\n丙区\t96.4%\t95.9%\t{last}"
        )
    };
    check(&table("0.5"), &[(Agrees, "1.1"), (Agrees, "-0.6"), (Agrees, "0.5")]);
    check(&table("0.7"), &[(Agrees, "1.1"), (Disagrees, "0.7")]);
    let numbered = |sum: &str| format!("排名\t单位\t派单量\n1\t甲局\t1280\n2\t乙局\t1106\n合计\t\t{sum}");
    check(&numbered("2386"), &[(Agrees, "2386")]);
    check(&numbered("2486"), &[(Disagrees, "2486")]);
}

#[test]
fn what_is_compared_stands_in_brackets_too() {
    check("诉求865件,占5.5%,是去年同期(412件)的2.1倍。", &[(Agrees, "2.1倍")]);
    check("诉求865件,占5.5%,是去年同期(412件)的3.4倍。", &[(Disagrees, "3.4倍")]);
    check("满意率95.7%,较10月份(94.3%)提高1.4个百分点。", &[(Agrees, "1.4个百分点")]);
    check("满意率95.7%,较10月份(94.3%)提高2.4个百分点。", &[(Disagrees, "2.4个百分点")]);
    check("受理45872件,与5月份的43210件相比增加6.16%。", &[(Agrees, "6.16%")]);
    check("受理45872件,与5月份的43210件相比增加7.16%。", &[(Disagrees, "7.16%")]);
    check("甲居第二,为2016件,占比23.6%;乙和丙分别为1543件、1108件。", &[]);
}
