// 简报审核: sends the text or the file, marks the claims, lists the arithmetic. Nothing is kept.

import { call, proof, ApiError } from './api.js';

const NAMES = { agrees: '相符', disagrees: '不符', 'cannot be checked': '无法核对' };
const CLASS = { agrees: 'agrees', disagrees: 'disagrees', 'cannot be checked': 'unknown' };

const form = document.querySelector('[data-audit]');
const area = form.querySelector('textarea');
const file = form.querySelector('[data-file]');
const said = form.querySelector('[data-said]');
const paper = document.querySelector('[data-page]');
const list = document.querySelector('[data-checks]');
const empty = document.querySelector('[data-empty]');

function add(parent, tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  parent.append(node);
  return node;
}

// What answers to the mouse answers to the keyboard.
function opens(node, index) {
  node.tabIndex = 0;
  node.setAttribute('role', 'button');
  node.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    choose(index);
  });
}

function choose(index) {
  for (const node of document.querySelectorAll('.on')) node.classList.remove('on');
  const row = list.querySelector(`[data-at="${index}"]`);
  if (row) {
    row.classList.add('on');
    row.scrollIntoView({ block: 'nearest' });
  }
  const marks = [...paper.querySelectorAll('mark')].filter((m) => m.dataset.at.split(',').includes(String(index)));
  marks.forEach((m) => m.classList.add('on'));
  if (marks.length > 0) marks[0].scrollIntoView({ block: 'nearest' });
}

// Claims may lie inside one another: each stretch is marked by its shortest claim, or by a wrong one.
function mark(text, checks) {
  const chars = Array.from(text);
  const cuts = new Set([0, chars.length]);
  checks.forEach((c) => cuts.add(c.start).add(c.end));
  const at = [...cuts].sort((a, b) => a - b);
  paper.replaceChildren();
  for (let k = 0; k + 1 < at.length; k += 1) {
    const words = chars.slice(at[k], at[k + 1]).join('');
    const over = checks
      .map((c, index) => ({ c, index, size: c.end - c.start }))
      .filter(({ c }) => c.start <= at[k] && at[k + 1] <= c.end)
      .sort((a, b) => a.size - b.size);
    if (over.length === 0) {
      paper.append(words);
      continue;
    }
    const wrong = over.find(({ c }) => c.verdict === 'disagrees');
    const shown = wrong || over[0];
    const node = add(paper, 'mark', CLASS[shown.c.verdict], words);
    node.dataset.at = over.map(({ index }) => index).join(',');
    node.title = `${NAMES[shown.c.verdict]} ${shown.c.arithmetic || shown.c.reason}`;
    node.addEventListener('click', () => choose(shown.index));
    opens(node, shown.index);
  }
  paper.hidden = false;
}

function show(text, checks) {
  mark(text, checks);
  list.replaceChildren();
  checks.forEach((c, index) => {
    const row = add(list, 'li', CLASS[c.verdict]);
    row.dataset.at = index;
    const head = add(row, 'div');
    opens(head, index);
    add(head, 'span', 'verdict', NAMES[c.verdict]);
    add(head, 'span', 'claim', `${c.kind_name} “${c.claim.length > 60 ? `${c.claim.slice(0, 58)}…` : c.claim}”`);
    if (c.denominator) add(row, 'div', 'sum', `分母(基数):${c.denominator}`);
    if (c.arithmetic) add(row, 'div', 'sum', c.arithmetic);
    if (c.reason) add(row, 'div', 'why', c.reason);
    row.addEventListener('click', () => choose(index));
  });
  const count = (verdict) => checks.filter((c) => c.verdict === verdict).length;
  empty.textContent = checks.length === 0
    ? '文中没有可以核对的数字说法。'
    : `共 ${checks.length} 处:不符 ${count('disagrees')},相符 ${count('agrees')},无法核对 ${count('cannot be checked')}`;
}

async function run(work, text) {
  said.textContent = '正在核对';
  try {
    const answer = await work();
    show(answer.text === null ? text : answer.text, answer.checks);
    said.textContent = '';
  } catch (error) {
    said.textContent = error.message;
  }
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const text = area.value;
  if (text.trim() === '') {
    said.textContent = '请先粘贴简报文字,或选择文件';
    return;
  }
  run(() => call('POST', '/audit', { text }), text);
});

file.addEventListener('change', () => {
  const chosen = file.files[0];
  if (!chosen) return;
  run(async () => {
    const response = await fetch('/api/v1/audit/file', {
      method: 'POST',
      headers: { 'Content-Type': 'application/octet-stream', 'X-CSRF-Token': proof() },
      body: chosen,
    });
    const answer = await response.json().catch(() => null);
    if (response.ok && answer) return answer;
    const advice = { 400: '这不是可以核对的文本、DOCX 或 HTML 文件', 413: '文件过大,请只取简报正文' };
    throw new ApiError(advice[response.status] || '服务出错,请重试或联系管理员');
  }, '');
  file.value = '';
});
