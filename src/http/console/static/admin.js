// 管理: a city pack sent in as a file. Everything else on these pages works without scripts.

import { proof } from './api.js';

const form = document.querySelector('[data-pack-upload]');
const said = document.querySelector('[data-upload-said]');

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const file = form.elements.file.files[0];
  if (!file) return;
  said.textContent = '正在上传并检查…';
  try {
    const response = await fetch('/admin/pack/upload', {
      method: 'POST',
      headers: { Accept: 'application/json', 'Content-Type': 'application/zip', 'X-CSRF-Token': proof() },
      body: file,
      redirect: 'manual',
    });
    if (response.type === 'opaqueredirect') {
      location.assign('/admin/pack?said=staged');
      return;
    }
    const answer = await response.json().catch(() => null);
    said.textContent = answer && answer.error ? answer.error.message : '上传失败,请重试';
  } catch {
    said.textContent = '连接不到服务,请检查网络后重试';
  }
});
