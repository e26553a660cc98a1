// Suggestions under a search box: arrows choose, Enter takes, Esc closes. Without them the box searches as
// before.

import { call } from './api.js';

const PAUSE = 90;

function attach(input, number) {
  const list = document.createElement('ul');
  list.className = 'completions';
  list.id = `completions-${number}`;
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', '检索提示');
  list.hidden = true;
  input.after(list);
  input.setAttribute('role', 'combobox');
  input.setAttribute('aria-autocomplete', 'list');
  input.setAttribute('aria-controls', list.id);
  input.setAttribute('aria-expanded', 'false');

  let at = -1;
  let answer = null;
  let asked = '';
  let waiting = null;
  let timer = 0;

  function close() {
    clearTimeout(timer);
    if (waiting) waiting.abort();
    list.hidden = true;
    at = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  }

  function mark(next) {
    const rows = Array.from(list.children);
    at = next;
    rows.forEach((row, n) => row.setAttribute('aria-selected', String(n === at)));
    if (at >= 0) input.setAttribute('aria-activedescendant', rows[at].id);
    else input.removeAttribute('aria-activedescendant');
  }

  function take(n) {
    const before = Array.from(asked).slice(0, answer.start).join('');
    input.value = `${before}${answer.suggestions[n].insert} `;
    close();
    input.focus();
    input.setSelectionRange(input.value.length, input.value.length);
  }

  function show() {
    list.replaceChildren(...answer.suggestions.map((s, n) => {
      const row = document.createElement('li');
      row.id = `${list.id}-${n}`;
      row.setAttribute('role', 'option');
      row.setAttribute('aria-selected', 'false');
      const text = document.createElement('span');
      text.textContent = s.text;
      const kind = document.createElement('span');
      kind.className = 'n';
      kind.textContent = s.count ? `${s.kind_label} 约 ${s.count} 件` : s.kind_label;
      row.append(text, kind);
      // Before the box loses the focus.
      row.addEventListener('mousedown', (event) => { event.preventDefault(); take(n); });
      return row;
    }));
    at = -1;
    list.hidden = answer.suggestions.length === 0;
    input.setAttribute('aria-expanded', String(!list.hidden));
    input.removeAttribute('aria-activedescendant');
  }

  async function ask() {
    const q = input.value;
    if (q.trim() === '' || input.selectionEnd !== q.length) { close(); return; }
    if (waiting) waiting.abort();
    waiting = new AbortController();
    try {
      const got = await call('GET', `/search/suggest?q=${encodeURIComponent(q)}`, undefined, { signal: waiting.signal });
      if (input.value !== q || document.activeElement !== input) return;
      asked = q;
      answer = got;
      show();
    } catch (error) {
      // A help that fails is no help; the search itself will say what is wrong.
      if (error.name !== 'AbortError') close();
    }
  }

  input.addEventListener('input', (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(ask, PAUSE);
  });
  input.addEventListener('compositionend', () => { clearTimeout(timer); timer = setTimeout(ask, PAUSE); });
  input.addEventListener('blur', close);
  input.addEventListener('keydown', (event) => {
    if (event.isComposing || list.hidden) return;
    const count = list.children.length;
    if (event.key === 'ArrowDown') mark(at + 1 >= count ? -1 : at + 1);
    else if (event.key === 'ArrowUp') mark(at < 0 ? count - 1 : at - 1);
    else if (event.key === 'Enter' && at >= 0) take(at);
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
  });
}

document.querySelectorAll('[data-complete]').forEach(attach);
