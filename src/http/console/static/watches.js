// 关注: marking as seen, dropping, keeping a search. Works on what the page says of itself.

import { call } from './api.js';

function say(place, text) {
  const box = place || document.querySelector('[data-said]');
  if (box) box.textContent = text;
}

for (const button of document.querySelectorAll('[data-read]')) {
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      const search = button.dataset.search === '' ? null : Number(button.dataset.search);
      await call('POST', '/alerts/read', { search, up_to: Number(button.dataset.read) });
      location.reload();
    } catch (error) {
      button.disabled = false;
      say(null, error.message);
    }
  });
}

for (const button of document.querySelectorAll('[data-drop]')) {
  button.addEventListener('click', async () => {
    // The first press asks, the second does it.
    if (button.dataset.sure !== 'yes') {
      button.dataset.sure = 'yes';
      button.textContent = `确定取消“${button.dataset.name}”?`;
      return;
    }
    button.disabled = true;
    try {
      await call('DELETE', `/searches/${button.dataset.drop}`);
      location.assign('/watches');
    } catch (error) {
      button.disabled = false;
      say(null, error.message);
    }
  });
}

const keep = document.querySelector('[data-keep]');
if (keep) {
  keep.addEventListener('submit', async (event) => {
    event.preventDefault();
    const said = keep.querySelector('[data-said]');
    const filters = Array.from(keep.querySelectorAll('[data-facet]'), (f) => ({ facet: f.dataset.facet, value: f.value }));
    try {
      await call('POST', '/searches', { name: keep.elements.name.value.trim(), q: keep.dataset.q, filters });
      say(said, `已关注“${keep.dataset.what}”,有新工单符合时见“关注”页`);
      keep.elements.name.disabled = true;
      keep.querySelector('button').disabled = true;
    } catch (error) {
      say(said, error.status === 409 ? '已有同名的关注,请换个名称' : error.message);
    }
  });
}
