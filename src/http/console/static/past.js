// 相似工单: duplicates first, then the same event, then the same kind, as the service orders them.

const ORDER = { repeat: 0, same_event: 1, same_kind: 2 };
const TONE = { 满意: 'good', 基本满意: 'good', 不满意: 'bad', 解决: 'good', 未解决: 'bad' };

function el(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function shortTime(iso) {
  const [day, time] = iso.split('T');
  const today = new Date(Date.now() + 8 * 3600e3).toISOString().slice(0, 10);
  if (day === today) return time.slice(0, 5);
  return day.slice(0, 4) === today.slice(0, 4) ? `${day.slice(5)} ${time.slice(0, 5)}` : day;
}

// The same sentence as on a ticket's page.
function reasons(why) {
  const parts = [];
  if (why.same_place) parts.push('同一地点');
  if (why.same_category) parts.push('同一类别');
  if (why.shared_words.length > 0) parts.push(`同有“${why.shared_words.slice(0, 4).join('”“')}”`);
  if (parts.length === 0 && why.likeness) parts.push('意思相近');
  return parts.join(' · ');
}

function caseRow(item) {
  const row = el('li');
  const head = el('p', 'case-head');
  const relation = el('span', 'rel', item.relation_label);
  relation.dataset.relation = item.relation;
  const link = el('a', '', item.title || item.text.slice(0, 30));
  link.href = `/tickets/${encodeURIComponent(item.ticket)}`;
  link.target = '_blank';
  link.rel = 'noopener';
  link.title = item.text;
  head.append(relation, link);

  const meta = el('p', 'case-meta');
  const when = el('span', '', shortTime(item.received_at));
  when.title = item.received_at.replace('T', ' ').replace('+08:00', '');
  meta.append(when);
  for (const part of [item.labels.department, [item.district, item.town].filter(Boolean).join(' '), item.status]) {
    if (part) meta.append(el('span', '', part));
  }
  for (const part of [item.outcome, item.satisfaction]) {
    if (!part) continue;
    const result = el('span', 'result', part);
    result.dataset.tone = TONE[part] || '';
    meta.append(result);
  }
  row.append(head, meta);
  const why = el('p', 'case-why', reasons(item.why));
  why.title = why.textContent;
  if (why.textContent) row.append(why);
  row.tabIndex = -1;
  row.ticket = item.ticket;
  if (item.relation === 'repeat') {
    const again = el('button', 'use', '登记为重复');
    again.type = 'button';
    again.addEventListener('click', () => row.dispatchEvent(new CustomEvent('repeat', { bubbles: true })));
    row.append(again, ' ');
  }
  if (item.reply) {
    const reply = el('details', 'case-reply');
    reply.append(el('summary', '', `答复:${item.reply}`));
    row.reply = item.reply;
    const use = el('button', 'use', '用此答复');
    use.type = 'button';
    use.addEventListener('click', () => row.dispatchEvent(new CustomEvent('use', { bubbles: true })));
    row.append(reply, use);
  }
  return row;
}

// Keys in the list: up and down choose a case, Enter puts its reply into the answer.
export function reuse(root, onReply) {
  const list = root.querySelector('#cases');
  list.addEventListener('use', (event) => onReply(event.target.reply));
  list.addEventListener('keydown', (event) => {
    const row = event.target.closest('#cases > li');
    if (!row || event.isComposing || event.ctrlKey || event.altKey) return;
    if (event.key === 'ArrowDown') (row.nextElementSibling || row).focus();
    else if (event.key === 'ArrowUp') (row.previousElementSibling || row).focus();
    else if (event.key === 'Enter' && event.target === row && row.reply) onReply(row.reply);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

// Key R on a case: the call repeats it. Rows that the service takes for repeats have a button as well.
export function repeats(root, onRepeat) {
  const list = root.querySelector('#cases');
  list.addEventListener('repeat', (event) => onRepeat(event.target.ticket));
  list.addEventListener('keydown', (event) => {
    if (event.code !== 'KeyR' || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (!event.target.matches('#cases > li')) return;
    onRepeat(event.target.ticket);
    event.preventDefault();
  });
}

export function focusCases(root) {
  const rows = Array.from(root.querySelectorAll('#cases > li'));
  const first = rows.find((row) => row.querySelector('[data-relation=repeat]')) || rows.find((row) => row.reply) || rows[0];
  if (first) first.focus();
}

export function showCases(root, cases) {
  const sorted = cases.slice().sort((a, b) => ORDER[a.relation] - ORDER[b.relation] || b.score - a.score);
  root.querySelector('#cases').replaceChildren(...sorted.map(caseRow));
  root.querySelector('#past-count').textContent = cases.length > 0 ? `${cases.length} 件` : '';
  const empty = root.querySelector('#past-empty');
  empty.hidden = cases.length > 0;
}

export function pastEmpty(root, message) {
  showCases(root, []);
  root.querySelector('#past-empty').textContent = message;
}
