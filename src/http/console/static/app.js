// Frame: search key, clock, moving through rows, leaving. No page needs it to be read.

import { drop } from './draft.js';

const typing = (el) => el instanceof Element && (el.matches('input:not([type=radio]), textarea, select') || el.isContentEditable);

function showTime() {
  const clock = document.querySelector('[data-clock]');
  if (!clock) return;
  const two = (n) => String(n).padStart(2, '0');
  // City time wherever the browser believes to be: UTC+8 without daylight saving.
  const now = new Date(Date.now() + 8 * 3600e3);
  clock.textContent = `${two(now.getUTCMonth() + 1)}-${two(now.getUTCDate())} ${two(now.getUTCHours())}:${two(now.getUTCMinutes())}`;
  clock.dateTime = new Date().toISOString();
}

function moveRow(step) {
  const list = document.querySelector('[data-rows]');
  if (!list) return false;
  const rows = Array.from(list.children);
  const at = rows.findIndex((row) => row.classList.contains('row-on'));
  const next = rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
  if (!next) return false;
  if (at >= 0) rows[at].classList.remove('row-on');
  next.classList.add('row-on');
  const link = next.querySelector('a');
  if (link) link.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest' });
  return true;
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
  if (event.key === '/') {
    const box = document.getElementById('q') || document.querySelector('[data-slash]');
    box.focus();
    box.select();
    event.preventDefault();
  } else if (event.key === 'j' || event.key === 'k') {
    if (moveRow(event.key === 'j' ? 1 : -1)) event.preventDefault();
  } else if (event.key === '?') {
    const help = document.querySelector('[data-help]');
    if (help) location.assign(help.href);
  } else if (event.key === 'o') {
    const link = document.querySelector('.row-on a');
    if (link) link.click();
  }
});

// A form without the proof that it comes from our page gets it here; most have it already.
document.addEventListener('submit', (event) => {
  const form = event.target;
  const proof = document.querySelector('meta[name=csrf]');
  if (form.method !== 'post' || !proof || form.elements.namedItem('csrf')) return;
  const field = document.createElement('input');
  Object.assign(field, { type: 'hidden', name: 'csrf', value: proof.content });
  form.append(field);
}, true);

// What cannot be undone asks once more.
document.addEventListener('submit', (event) => {
  const question = event.target.dataset.ask;
  if (question && !window.confirm(question)) event.preventDefault();
});

// Nothing of a call stays in this tab for whoever logs in next.
document.querySelector('form[action="/logout"]')?.addEventListener('submit', drop);

showTime();
setInterval(showTime, 5000);
