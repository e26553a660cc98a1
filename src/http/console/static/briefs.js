// 简报: making one; words changed in place while figures stay tokens; 核稿, 签发, 批示.

import { call } from './api.js';

const said = document.querySelector('[data-said]');
const say = (text) => { if (said) said.textContent = text; };

const make = document.querySelector('[data-make]');
if (make) {
  // What a brief is about is asked for only where it is about something.
  const about = () => {
    for (const label of make.querySelectorAll('[data-only]')) {
      label.hidden = !label.dataset.only.split(' ').includes(make.elements.kind.value);
    }
  };
  make.elements.kind.addEventListener('change', about);
  about();
  make.addEventListener('submit', async (event) => {
    event.preventDefault();
    // 一类事 asks for a category alone: its form has no event
    const field = (name) => (make.elements[name] ? make.elements[name].value.trim() : '');
    const body = { kind: field('kind') };
    if (field('from')) body.from = field('from');
    if (field('to')) body.to = field('to');
    if (field('topic') && ['special', 'dossier', 'flash'].includes(body.kind)) body.topic = field('topic');
    else if (field('category') && ['special', 'dossier'].includes(body.kind)) body.category = field('category');
    const since = Date.now();
    const tick = () => say(`正在生成…已用 ${Math.round((Date.now() - since) / 1000)} 秒`);
    tick();
    const clock = setInterval(tick, 1000);
    try {
      const brief = await call('POST', '/briefs', body);
      location.assign(`/briefs/${encodeURIComponent(brief.id)}`);
    } catch (error) { say(error.message); } finally { clearInterval(clock); }
  });
}

const bar = document.querySelector('[data-brief]');
const path = bar ? `/briefs/${encodeURIComponent(bar.dataset.brief)}` : '';
const version = bar ? Number(bar.dataset.version) : 0;

for (const button of document.querySelectorAll('[data-act]')) {
  button.addEventListener('click', async () => {
    if (button.dataset.asks && button.dataset.asked !== 'yes') {
      button.dataset.asked = 'yes';
      button.textContent = '确认重算';
      say(button.dataset.asks);
      return;
    }
    button.disabled = true;
    const body = { version };
    if (button.dataset.despite) body.despite_changes = true;
    try {
      await call('POST', `${path}/${button.dataset.act}`, body);
      location.reload();
    } catch (error) {
      button.disabled = false;
      if (error.field === 'despite_changes') {
        // What was computed anew differs: signing it all the same takes a second press.
        button.dataset.despite = 'yes';
        button.textContent = '仍按原稿签发';
      }
      say(error.message);
    }
  });
}

for (const button of document.querySelectorAll('[data-edit]')) {
  button.addEventListener('click', () => {
    const block = button.closest('[data-place]');
    if (block.classList.contains('editing')) return;
    block.classList.add('editing');
    const area = document.createElement('textarea');
    area.value = block.dataset.marked;
    area.setAttribute('aria-label', '文字可改;大括号中的数据、引文标记须保留;句后写{判断},即标为本人的研判');
    const save = Object.assign(document.createElement('button'), { type: 'button', className: 'primary', textContent: '保存' });
    const leave = Object.assign(document.createElement('button'), { type: 'button', textContent: '取消' });
    const note = Object.assign(document.createElement('span'), { className: 'hint' });
    note.setAttribute('role', 'alert');
    block.replaceChildren(area, save, leave, note);
    area.focus();
    leave.addEventListener('click', () => { location.reload(); });
    save.addEventListener('click', async () => {
      save.disabled = true;
      try {
        await call('POST', `${path}/edits`, { version, edits: [{ place: block.dataset.place, text: area.value }] });
        location.reload();
      } catch (error) { save.disabled = false; note.textContent = error.message; }
    });
  });
}

for (const tools of document.querySelectorAll('[data-section]')) {
  const section = tools.dataset.section;
  const act = (button, text, send) => button?.addEventListener('click', async () => {
    button.disabled = true;
    say(text);
    try {
      await send();
      location.assign(`${location.pathname}#rephrasings`);
      location.reload();
    } catch (error) { button.disabled = false; say(error.message); }
  });
  act(tools.querySelector('[data-rephrase]'), '正在等待语言模型…', () => call('POST', `${path}/rephrasings`, { version, section }));
  act(tools.querySelector('[data-restore]'), '正在恢复…', () => call('POST', `${path}/sections/${section}/restore`, { version }));
}
for (const article of document.querySelectorAll('[data-rephrasing]')) {
  const button = article.querySelector('[data-accept]');
  button?.addEventListener('click', async () => {
    button.disabled = true;
    try {
      await call('POST', `${path}/rephrasings/${article.dataset.rephrasing}/accept`, { version });
      location.reload();
    } catch (error) { button.disabled = false; say(error.message); }
  });
}

// A file comes with what its reader should be told: it is fetched, told, and saved.
for (const file of document.querySelectorAll('[data-file]')) {
  file.addEventListener('click', async (event) => {
    event.preventDefault();
    say('正在生成文件…');
    try {
      const answer = await fetch(file.href);
      if (!answer.ok) {
        const told = await answer.json().catch(() => null);
        say(told?.error?.message || '文件没有生成');
        return;
      }
      const saved = document.createElement('a');
      saved.href = URL.createObjectURL(await answer.blob());
      saved.download = file.dataset.file;
      saved.click();
      setTimeout(() => URL.revokeObjectURL(saved.href), 60000);
      say(decodeURIComponent(answer.headers.get('x-tingsu-notice') || ''));
    } catch { say('连不上服务,文件没有生成'); }
  });
}

const now = document.querySelector('[data-now]');
for (const figure of document.querySelectorAll('.fig')) {
  const show = () => { if (now) now.textContent = `${figure.textContent}  ${figure.dataset.hint}`; };
  figure.addEventListener('mouseenter', show);
  figure.addEventListener('focus', show);
}

const instruct = document.querySelector('[data-instruct]');
if (instruct) {
  instruct.addEventListener('submit', async (event) => {
    event.preventDefault();
    const value = (name) => instruct.elements[name].value.trim();
    try {
      await call('POST', `${path}/instructions`, { leader: value('leader'), text: value('text'), unit: value('unit') || null, due_at: value('due_at') || null });
      location.reload();
    } catch (error) { say(error.message); }
  });
}
for (const form of document.querySelectorAll('[data-step]')) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const body = { state: form.elements.state.value, note: form.elements.note.value.trim() };
    try {
      await call('POST', `${path}/instructions/${form.dataset.step}/steps`, body);
      location.reload();
    } catch (error) { say(error.message); }
  });
}
