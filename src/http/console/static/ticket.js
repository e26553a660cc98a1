// One ticket: its forms of acts, the transfer note, and what it is decided to be.

import { call } from './api.js';

const root = document.querySelector('[data-ticket]');

function fieldsOf(form) {
  const act = { kind: form.dataset.deed };
  for (const field of form.elements) {
    if (!field.name) continue;
    if (field.type === 'select-multiple') act[field.name] = Array.from(field.selectedOptions, (own) => own.value);
    else if (field.type === 'checkbox') act[field.name] = field.checked;
    else if (field.type === 'number') act[field.name] = Number(field.value);
    else if (field.value.trim() !== '') act[field.name] = field.value.trim();
  }
  return act;
}

if (root) {
  const said = root.querySelector('[data-said]');
  const path = `/appeals/${encodeURIComponent(root.dataset.ticket)}`;
  for (const form of root.querySelectorAll('[data-deed]')) {
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      const button = form.querySelector('button');
      button.disabled = true;
      said.textContent = '正在办理…';
      try {
        await call('POST', `${path}/acts`, fieldsOf(form));
        location.reload();
      } catch (error) {
        button.disabled = false;
        said.textContent = error.message;
      }
    });
  }
  const transfer = root.querySelector('[data-transfer]');
  if (transfer) {
    transfer.addEventListener('submit', async (event) => {
      event.preventDefault();
      const units = Array.from(transfer.querySelectorAll('[name=units]:checked'), (box) => box.value);
      said.textContent = '正在生成…';
      try {
        const done = await call('POST', `${path}/transfer`, { units });
        const note = transfer.querySelector('[data-note]');
        note.hidden = false;
        note.value = done.note;
        note.focus();
        note.select();
        said.textContent = `已记录转接 ${done.units.join('、')}`;
      } catch (error) {
        said.textContent = error.message;
      }
    });
  }
}

// What is chosen anew is decided; what stays as it is, is not decided again.
function decide(form) {
  const told = form.querySelector('[data-decided]');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const changed = Array.from(form.querySelectorAll('select')).filter((own) => own.value !== '' && own.value !== own.dataset.now);
    if (changed.length === 0) {
      told.textContent = '没有改动。';
      return;
    }
    const reason = form.elements.reason.value.trim();
    const level = form.elements.urgency;
    // U1 is the most urgent: the greater number is the lower urgency.
    if (level.dataset.now !== '' && level.value > level.dataset.now && reason === '') {
      told.textContent = '调低急度需要填写理由。';
      form.elements.reason.focus();
      return;
    }
    const button = form.querySelector('button');
    button.disabled = true;
    told.textContent = '正在保存…';
    try {
      const labels = Object.fromEntries(changed.map((own) => [own.name, own.value]));
      const path = `/appeals/${encodeURIComponent(form.dataset.decide)}/decision`;
      await call('POST', path, { labels, reason: reason || undefined });
      location.reload();
    } catch (error) {
      button.disabled = false;
      told.textContent = error.message;
    }
  });
}

document.querySelectorAll('[data-decide]').forEach(decide);
document.documentElement.dataset.ready = 'yes';
