// 五要素: has the caller said when, where, who, what, and what is wanted? A reminder, not a gate.

const TIME = /今[天日早晚]|昨[天日晚]|前[天晚]|明[天早晚]|凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|深夜|半夜|夜[里间]|刚[才刚]|目前|现在|最近|近[日期来]|上个?[周月]|这[周几]|本[周月]|去年|今年|每[天日晚周月年]|长期|一直|连续|多[天日年月次]|[\d一二三四五六七八九十两半]+\s*(?:年|个?月|周|天|日|号|点|时|小时|分钟|:\d\d)/;
const WHO = /公司|单位|物业|业委会|开发商|商家|商户|店|超市|学校|幼儿园|医院|工地|施工|厂|平台|机构|银行|小区|村委|居委|社区|街道|邻居|老人|孩子|居民|业主|租户|司机|车主|员工|工人|本人|我家|我们/;
const WANT = /诉求|要求|希望|请求|恳请|请[^问假]|建议|咨询|想问|请问|如何|怎么|怎样|能不能|能否|可否|是否|尽快|帮忙|帮助|处理|解决|核[实查]|查处|退[还款钱费]|赔|投诉|举报|反映|求/;

const ASK = {
  time: '什么时候发生的,现在是否还在继续',
  place: '具体地点(路名、小区、楼栋)',
  who: '涉及哪个单位或个人',
  what: '发生了什么事',
  want: '希望怎样处理',
};

export function fiveOf(text, { place, name, number, places }) {
  const said = text.trim();
  return {
    time: TIME.test(said),
    place: place.trim() !== '' || places > 0,
    who: WHO.test(said) || (name.trim() !== '' && number.trim() !== ''),
    what: Array.from(said).length >= 12,
    want: WANT.test(said),
  };
}

export function showFive(list, ask, slots, empty) {
  const missing = [];
  for (const item of list.children) {
    const done = slots[item.dataset.slot];
    item.classList.toggle('done', done);
    item.setAttribute('aria-label', `${item.textContent}${done ? ',已有' : ',未提到'}`);
    if (!done) missing.push(ASK[item.dataset.slot]);
  }
  ask.textContent = empty || missing.length === 0 ? '' : `可追问:${missing[0]}`;
}
