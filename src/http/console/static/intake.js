// 受理台: text in, suggestions beside it, saved by Ctrl+Enter. The text is never changed or moved by
// anything but the operator, and stays until it is stored.

import { ApiError, call, newKey } from './api.js';
import * as draft from './draft.js';
import { showFive, slotsOf } from './five.js';
import { Mirror } from './mirror.js';
import { Parts } from './parts.js';
import { focusCases, pastEmpty, repeats, reuse, showCases } from './past.js';
import { Picker } from './picker.js';
import { Suggest } from './suggest.js';
import { Transfer } from './transfer.js';

const WAIT = 300;
const HEADS = ['type', 'category', 'department'];
const GROUP_KEYS = { KeyZ: 'type', KeyX: 'category', KeyC: 'department' };
const $ = (id) => document.getElementById(id);
// 来电主体 of a call of which nothing else is known of the caller.
const ANYBODY = '个人';
const fields = ['number', 'name', 'channel', 'kind', 'confidential', 'anonymous', 'text', 'title', 'place', 'reply', 'repeat-of'];

const area = $('text');
const mirror = new Mirror(area, $('mirror'));
const picker = new Picker($('picker'), call);
const suggest = new Suggest(openOther);
const parts = new Parts($('parts'), call, () => { tick(); showRepeat(); });
const transfer = new Transfer($('note'), handOver);
const state = { asked: 0, timer: 0, abort: null, elements: [], key: '', keyOf: '', saving: false, undecided: null };

function said() {
  return { title: $('title').value.trim(), text: area.value };
}

function empty() {
  const { title, text } = said();
  return title === '' && text.trim() === '';
}

/* ---- suggestions ---- */

function changed() {
  mirror.follow(area.value);
  const length = Array.from(area.value).length;
  $('count').textContent = length > 0 ? `${length} 字` : '';
  tick();
  draft.keep(fields);
  if (state.abort) state.abort.abort();
  clearTimeout(state.timer);
  parts.follow(said().title, area.value);
  if (empty()) return rest();
  $('hints').classList.add('stale');
  $('past').classList.add('stale');
  state.timer = setTimeout(ask, WAIT);
}

function rest() {
  state.asked += 1;
  state.elements = [];
  parts.rest();
  mirror.set(area.value, []);
  suggest.reset();
  pastEmpty($('past'), '录入诉求后,这里列出同一来电人的重复工单、同一事件和同类工单,以及当时的答复。');
  $('hints').classList.remove('stale');
  $('past').classList.remove('stale');
  tick();
}

function ask() {
  state.asked += 1;
  const turn = state.asked;
  state.abort = new AbortController();
  const { signal } = state.abort;
  const asked = said();
  const stale = () => turn !== state.asked;
  call('POST', '/triage', asked, { signal }).then((answer) => {
    if (stale()) return;
    showAnswer(asked, answer);
    $('hints').classList.remove('stale');
  }).catch((error) => {
    if (stale() || !(error instanceof ApiError)) return;
    $('hints').classList.remove('stale');
    $('cues').textContent = `暂无研判建议:${error.message}。登记不受影响。`;
    if (error.retryAfter > 0) state.timer = setTimeout(ask, error.retryAfter * 1000);
  });
  call('POST', '/similar', { ...asked, caller: $('number').value.trim() || undefined, limit: 8 }, { signal }).then(({ cases }) => {
    if (stale()) return;
    if (cases.length > 0) showCases($('past'), cases);
    else pastEmpty($('past'), '没有相似的工单。');
    $('past').classList.remove('stale');
  }).catch((error) => {
    if (stale() || !(error instanceof ApiError)) return;
    pastEmpty($('past'), `暂时查不到相似工单:${error.message}。登记不受影响。`);
    $('past').classList.remove('stale');
  });
}

function showAnswer(asked, answer) {
  const inText = (item) => item.field === 'text';
  const as = (kind) => (item) => ({ start: item.start, end: item.end, kind });
  mirror.set(asked.text, [
    ...answer.reasons.category.map(as('reason')),
    ...answer.places.map(as('place')),
    ...answer.urgency.cues.filter(inText).map(as('cue')),
  ]);
  if (asked.text !== area.value) mirror.follow(area.value);
  suggest.show(answer);
  showWhy(asked, answer);
  const places = [...answer.places, ...answer.title_places];
  showPlaces(places);
  state.elements = answer.elements || [];
  tick();
}

function showWhy(asked, answer) {
  const cut = (text) => (r) => ({ weight: r.weight, words: Array.from(text).slice(r.start, r.end).join('').trim() });
  const words = [...answer.reasons.category.map(cut(asked.text)), ...answer.reasons.title.map(cut(asked.title))]
    .sort((a, b) => b.weight - a.weight).map((r) => r.words).filter(Boolean);
  const distinct = Array.from(new Set(words)).slice(0, 5);
  $('why').textContent = distinct.length > 0 ? `依据:${distinct.join('、')}` : '';
}

function showPlaces(places) {
  const seen = new Map(places.map((p) => [p.text, p.region || '']));
  $('places').hidden = seen.size === 0;
  $('place-list').replaceChildren(...Array.from(seen, ([text, region]) => {
    const item = document.createElement('li');
    item.textContent = text;
    if (region && region !== text) {
      const note = document.createElement('small');
      note.textContent = region.replace('/', ' ');
      item.append(note);
    }
    return item;
  }));
}

function tick() {
  const slots = slotsOf(state.elements, { place: $('place').value, name: $('name').value, number: $('number').value });
  showFive($('five'), $('ask'), slots, area.value);
}

/* ---- choosing ---- */

async function openOther(head) {
  const item = await picker.open(head);
  if (item) suggest.choose(head, item);
}

function groupOf(target) {
  const root = target.closest && target.closest('.choice');
  return root ? root.dataset.head : null;
}

function onKey(event) {
  if (event.isComposing || event.defaultPrevented) return;
  if ((event.ctrlKey || event.metaKey) && event.key === 'Enter') {
    event.preventDefault();
    save();
    return;
  }
  if (event.altKey && event.key === 'Enter' && $('note').hidden) {
    event.preventDefault();
    adopt();
    return;
  }
  if (event.ctrlKey || event.metaKey || !$('picker').hidden || !$('note').hidden) return;
  const digit = /^(?:Digit|Numpad)([0-3])$/.exec(event.code);
  const typing = event.target.matches('input:not([type=radio]), textarea, select');
  let head = groupOf(event.target);
  if (event.altKey && GROUP_KEYS[event.code]) {
    suggest.focus(GROUP_KEYS[event.code]);
  } else if (event.altKey && event.code === 'KeyT') {
    startTransfer();
  } else if (event.altKey && event.code === 'KeyS') {
    if (!parts.take()) return;
  } else if (event.altKey && event.code === 'KeyV') {
    focusCases($('past'));
  } else if (digit && (event.altKey || !typing)) {
    head = head || 'category';
    if (digit[1] === '0') openOther(head);
    else if (!suggest.pick(head, Number(digit[1]))) return;
    else if (groupOf(event.target)) suggest.focus(head);
  } else if (head && event.key === 'Enter' && event.target.matches('[type=radio]')) {
    if (!suggest.chosen[head] && event.target.closest('.slot').item) suggest.choose(head, event.target.closest('.slot').item);
    const next = HEADS[HEADS.indexOf(head) + 1];
    if (next) suggest.focus(next);
    else $('save').focus();
  } else if (event.key === 'Escape' && ['hints', 'past'].some((id) => $(id).contains(event.target))) {
    area.focus();
  } else {
    return;
  }
  event.preventDefault();
}

/* ---- 重复 ---- */

// The call tells again what an earlier ticket tells; an empty number takes it back.
function repeat(id) {
  $('repeat-of').value = id;
  showRepeat();
  draft.keep(fields);
}

function showRepeat() {
  const id = $('repeat-of').value;
  $('repeat').hidden = id === '';
  $('repeat-lead').textContent = parts.taken ? '第 1 件登记为重复,重复于' : '登记为重复,重复于';
  $('repeat-link').textContent = id;
  $('repeat-link').href = `/tickets/${encodeURIComponent(id)}`;
}

/* ---- saving ---- */

// The suggestion is right: it is decided so, and saved.
function adopt() {
  suggest.adopt();
  parts.adopt();
  save();
}

function report(tone, message, ids = []) {
  const line = $('saved');
  line.className = `saved ${tone}`;
  line.textContent = message;
  for (const id of ids) {
    const link = document.createElement('a');
    link.href = `/tickets/${encodeURIComponent(id)}`;
    link.textContent = id;
    line.append(' ', link);
  }
}

function body() {
  const value = (id) => $(id).value.trim() || undefined;
  const on = (id) => $(id).checked || undefined;
  const kind = $('kind').value === ANYBODY ? undefined : $('kind').value;
  const caller = { number: value('number'), name: value('name'), kind, confidential: on('confidential'), anonymous: on('anonymous') };
  const known = Object.values(caller).some((v) => v !== undefined);
  return {
    text: area.value,
    title: value('title'),
    channel: $('channel').value,
    place: value('place'),
    caller: known ? { ...caller, kind: $('kind').value } : undefined,
    repeat_of: value('repeat-of'),
  };
}

// What is to be stored: the call as one, or its parts.
function content() {
  const one = body();
  return parts.bodies(one) || [one];
}

// The numbers of what was stored; null if it was not.
async function save() {
  if (state.saving) return null;
  if (!state.undecided && content().some((one) => one.text.trim() === '' && !one.title)) {
    report('bad', '诉求内容为空,请先录入。');
    area.focus();
    return null;
  }
  // An appeal that changed after it was stored is another appeal.
  if (state.undecided && JSON.stringify(content()) !== state.keyOf) state.undecided = null;
  const labels = suggest.labels();
  const reason = $('reason').value.trim();
  if (suggest.needsReason() && reason === '') {
    report('bad', '调低急度需要填写理由。');
    $('reason').focus();
    return null;
  }
  state.saving = true;
  $('save').disabled = true;
  report('', '正在保存…');
  try {
    const ids = state.undecided || (await store());
    await settle(ids, labels, reason);
    finish(ids);
    return ids;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const rest = error.requestId ? `(请求编号 ${error.requestId})` : '';
    if (state.undecided) report('bad', `诉求已保存,但定性未记录:${error.message}${rest}。按 Ctrl+Enter 重试定性。工单`, state.undecided);
    else report('bad', `未保存:${error.message}${rest}。文字保留在本页,可按 Ctrl+Enter 重试。`);
    return null;
  } finally {
    state.saving = false;
    $('save').disabled = false;
  }
}

// The key belongs to the content: the same appeal sent again is stored once, a changed one is new.
async function store() {
  const sent = content();
  const written = JSON.stringify(sent);
  if (state.keyOf !== written) {
    state.key = newKey();
    state.keyOf = written;
  }
  const headers = { 'Idempotency-Key': state.key };
  if (sent.length > 1) {
    const receipt = await call('POST', '/calls', { parts: sent }, { headers });
    state.event = null;
    return receipt.tickets.map((ticket) => ticket.id);
  }
  const receipt = await call('POST', '/appeals', sent[0], { headers });
  state.event = receipt.event;
  return [receipt.ticket.id];
}

// What the operator decided and answered, on what is stored already.
async function settle(ids, labels, reason) {
  // Told again, what is decided already is not decided twice.
  if (state.undecided?.join() !== ids.join()) state.decided = new Map();
  state.undecided = ids;
  const own = ids.length > 1 ? parts.labels() : [labels];
  for (const [at, id] of ids.entries()) {
    const path = `/appeals/${encodeURIComponent(id)}`;
    const told = JSON.stringify([own[at], reason]);
    if (!own[at] || state.decided.get(id) === told) continue;
    await call('POST', `${path}/decision`, { labels: own[at], reason: reason || undefined });
    state.decided.set(id, told);
  }
  const text = $('reply').value.trim();
  if (text && ids.length === 1) {
    // A reply that was written before a failure stands already.
    await call('POST', `/appeals/${encodeURIComponent(ids[0])}/acts`, { kind: 'reply', text }).catch((error) => {
      if (error.status !== 409) throw error;
    });
  }
  state.undecided = null;
}

// What was typed while saving is not part of what was saved.
function finish(ids) {
  if (JSON.stringify(content()) === state.keyOf) {
    clearForm();
    const one = state.event;
    const stored = one ? `已保存,同一事件“${one.title}”已有 ${one.tickets} 件:` : '已保存';
    report('good', ids.length > 1 ? `已保存 ${ids.length} 件` : stored, ids);
  } else {
    state.keyOf = '';
    report('good', '已保存。保存期间改动的文字仍在本页,再次保存将另立工单。工单', ids);
  }
}

/* ---- transfer ---- */

function startTransfer() {
  if (empty()) {
    report('bad', '诉求内容为空,请先录入。');
    area.focus();
    return;
  }
  transfer.open(suggest.linkage);
}

// Stores the call first: what is transferred must not be lost. Answers the note, or null if not stored.
async function handOver(units) {
  const ids = await save();
  return ids && call('POST', `/appeals/${encodeURIComponent(ids[0])}/transfer`, { units });
}

function clearForm() {
  for (const id of fields) {
    if ($(id).type === 'checkbox') $(id).checked = false;
    else if (id === 'kind') $(id).value = ANYBODY;
    else if (id !== 'channel') $(id).value = '';
  }
  showRepeat();
  Object.assign(state, { key: '', keyOf: '', undecided: null });
  clearTimeout(state.timer);
  if (state.abort) state.abort.abort();
  $('count').textContent = '';
  rest();
  draft.drop();
  area.focus();
}

/* ---- wiring ---- */

$('call').addEventListener('submit', (event) => { event.preventDefault(); save(); });
reuse($('past'), (reply) => {
  $('reply').value = reply;
  $('reply').focus();
  draft.keep(fields);
});
repeats($('past'), (id) => { repeat(id); area.focus(); });
$('repeat-undo').addEventListener('click', () => { repeat(''); area.focus(); });
$('transfer').addEventListener('click', startTransfer);
$('adopt').addEventListener('click', adopt);
$('clear').addEventListener('click', () => { clearForm(); report('', '已清空'); });
area.addEventListener('input', changed);
$('title').addEventListener('input', changed);
for (const id of ['number', 'name', 'kind', 'confidential', 'anonymous', 'place', 'channel', 'reply']) $(id).addEventListener('input', () => { tick(); draft.keep(fields); });
$('number').addEventListener('change', () => { if (!empty()) changed(); });
document.addEventListener('keydown', onKey);
if (draft.restore(fields)) changed();
showRepeat();
area.focus();
document.documentElement.dataset.ready = 'yes';
