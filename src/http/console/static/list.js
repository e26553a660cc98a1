// 工单 list: X selects, the selection is handled or exported, columns are chosen, filters kept.

import { call } from './api.js';

const rows = () => Array.from(document.querySelectorAll('[data-rows] > tr'));
const bulk = document.querySelector('[data-bulk]');
const all = document.querySelector('[data-all]');

/* ---- selection ---- */

const picked = () => rows().filter((row) => row.querySelector('[data-pick]').checked);

function show() {
  const chosen = picked();
  for (const row of rows()) row.classList.toggle('picked', row.querySelector('[data-pick]').checked);
  if (bulk) {
    bulk.hidden = chosen.length === 0;
    bulk.querySelector('[data-picked]').textContent = `已选 ${chosen.length} 件`;
  }
  if (all) all.checked = chosen.length > 0 && chosen.length === rows().length;
}

function pickAll(on) {
  for (const row of rows()) row.querySelector('[data-pick]').checked = on;
  show();
}

document.addEventListener('change', (event) => {
  if (event.target.matches('[data-pick]')) show();
  else if (event.target.matches('[data-all]')) pickAll(event.target.checked);
});

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.matches('input:not([type=checkbox]), textarea, select')) return;
  if (event.key === 'x') {
    const row = document.querySelector('.row-on');
    if (!row) return;
    const box = row.querySelector('[data-pick]');
    box.checked = !box.checked;
    show();
    event.preventDefault();
  } else if (event.key === 'Escape' && picked().length > 0) pickAll(false);
});

/* ---- acts on the selection ---- */

if (bulk) {
  const said = bulk.querySelector('[data-bulk-said]');
  const { kind, person, department, text } = bulk.elements;
  const fields = () => {
    if (!kind) return;
    person.hidden = kind.value !== 'assign';
    if (department) department.hidden = kind.value !== 'dispatch';
    text.placeholder = { mark: '标注,最多 12 字', unmark: '要去掉的标注', note: '备注内容' }[kind.value] || '说明';
  };
  fields();
  bulk.addEventListener('change', fields);
  bulk.querySelector('[data-none]').addEventListener('click', () => pickAll(false));
  for (const button of bulk.querySelectorAll('[data-export]')) {
    button.addEventListener('click', () => {
      const query = new URLSearchParams({ format: button.dataset.export });
      for (const row of picked()) query.append('id', row.dataset.ticket);
      location.assign(`/api/v1/export?${query}`);
    });
  }
  bulk.addEventListener('submit', async (event) => {
    event.preventDefault();
    const act = { kind: kind.value, text: text.value.trim() };
    if (act.kind === 'assign') act.person = person.value.trim();
    if (act.kind === 'dispatch') act.department = department.value;
    said.textContent = '正在办理…';
    try {
      const done = await call('POST', '/acts', { tickets: picked().map((row) => row.dataset.ticket), act });
      const failed = done.filter((one) => !one.done);
      if (failed.length === 0) {
        location.reload();
        return;
      }
      const why = Array.from(new Set(failed.map((one) => one.why))).slice(0, 3).join(';');
      said.textContent = `${done.length - failed.length} 件已办理,${failed.length} 件未办理:${why}`;
      const left = new Set(failed.map((one) => one.ticket));
      for (const row of rows()) row.querySelector('[data-pick]').checked = left.has(row.dataset.ticket);
      show();
    } catch (error) {
      said.textContent = error.message;
    }
  });
}

/* ---- columns ---- */

const COLUMNS = 'tingsu.columns';
const FIXED = ['pick', 'title'];
const AWAY = ['handler', 'channel'];

function hidden() {
  try {
    const kept = JSON.parse(localStorage.getItem(COLUMNS));
    return Array.isArray(kept) ? kept : AWAY;
  } catch (error) {
    return AWAY;
  }
}

function hide(away) {
  for (const cell of document.querySelectorAll('.rows.list [data-col]')) cell.classList.toggle('off', away.includes(cell.dataset.col));
}

const chooser = document.querySelector('[data-columns]');
if (chooser) {
  for (const head of document.querySelectorAll('.rows.list th[data-col]')) {
    if (FIXED.includes(head.dataset.col)) continue;
    const label = document.createElement('label');
    const box = document.createElement('input');
    Object.assign(box, { type: 'checkbox', value: head.dataset.col, checked: !hidden().includes(head.dataset.col) });
    label.append(box, ` ${head.textContent}`);
    chooser.append(label);
  }
  chooser.addEventListener('change', () => {
    const away = Array.from(chooser.querySelectorAll('input:not(:checked)'), (box) => box.value);
    try {
      localStorage.setItem(COLUMNS, JSON.stringify(away));
    } catch (error) {
      // Storage may be full or forbidden; the choice then holds for this page.
    }
    hide(away);
  });
}
hide(hidden());

/* ---- kept filters ---- */

const said = document.querySelector('[data-said]');
const keep = document.querySelector('[data-keep-list]');
if (keep) {
  keep.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      await call('POST', '/lists', { name: keep.elements.name.value.trim(), query: keep.dataset.query });
      location.reload();
    } catch (error) {
      said.textContent = error.message;
    }
  });
}
for (const button of document.querySelectorAll('[data-drop-list]')) {
  button.addEventListener('click', async () => {
    // The first press asks, the second does it.
    if (button.dataset.sure !== 'yes') {
      button.dataset.sure = 'yes';
      button.textContent = '确定删去?';
      return;
    }
    try {
      await call('DELETE', `/lists/${button.dataset.dropList}`);
      location.reload();
    } catch (error) {
      said.textContent = error.message;
    }
  });
}
document.documentElement.dataset.ready = 'yes';
