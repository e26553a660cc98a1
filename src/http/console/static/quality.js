// 质量: one key labels a ticket of the queue, and the next one comes up. Without scripts the buttons do
// the same, a page at a time.

import { proof } from './api.js';

const queue = document.querySelector('[data-queue]');
const said = document.querySelector('[data-queue-said]');

const typing = (el) => el instanceof Element && el.matches('input:not([type=checkbox]), textarea, select');
const current = () => queue.querySelector('.row-on') || queue.firstElementChild;

function next(row) {
  const after = row.nextElementSibling || row.previousElementSibling;
  row.remove();
  if (!after) {
    said.textContent = '本页已全部标注,刷新可取下一批';
    return;
  }
  after.classList.add('row-on');
  const link = after.querySelector('a');
  if (link) link.focus({ preventScroll: true });
  after.scrollIntoView({ block: 'nearest' });
}

async function label(button) {
  const row = button.closest('tr');
  const form = button.form;
  if (row.dataset.busy) return;
  row.dataset.busy = 'yes';
  const body = new URLSearchParams({ ticket: form.elements.ticket.value, choice: button.value });
  try {
    const response = await fetch('/quality/label', {
      method: 'POST',
      headers: { Accept: 'application/json', 'X-CSRF-Token': proof() },
      body,
      redirect: 'manual',
    });
    if (response.type !== 'opaqueredirect') throw new Error('refused');
    const name = button.innerText.replace(/\s+/g, ' ').trim().replace(/^\d /, '');
    said.textContent = `已记录:${name}`;
    next(row);
  } catch {
    delete row.dataset.busy;
    said.textContent = '未能记录,请刷新页面后重试';
  }
}

if (queue) {
  queue.addEventListener('click', (event) => {
    const button = event.target.closest('button[data-key]');
    if (!button) return;
    event.preventDefault();
    label(button);
  });
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    const row = current();
    const button = row && /^[1-9]$/.test(event.key) ? row.querySelector(`button[data-key="${event.key}"]`) : null;
    if (!button) return;
    event.preventDefault();
    label(button);
  });
}
