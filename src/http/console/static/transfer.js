// 转接: the note for 110, 119 … beside the form, ready to be read out or copied.

const $ = (id) => document.getElementById(id);

// Copies even where the browser allows no clipboard to plain http.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (error) {
    const area = $('note-text');
    area.focus();
    area.select();
    return document.execCommand('copy');
  }
}

export class Transfer {
  // `run` stores the call if it is not stored yet and answers {note, units, ticket}.
  constructor(root, run) {
    Object.assign(this, { root, run, back: null });
    $('note-copy').addEventListener('click', () => this.copy());
    $('note-close').addEventListener('click', () => this.close());
    root.addEventListener('keydown', (event) => this.key(event));
    for (const button of root.querySelectorAll('[data-unit]')) {
      button.addEventListener('click', () => this.start([button.dataset.unit]));
    }
  }

  // One key: with units at hand the note is there at once, else they are asked for.
  async open(units) {
    this.back = document.activeElement;
    this.root.hidden = false;
    $('note-text').value = '';
    $('note-said').textContent = '';
    const known = units.length > 0;
    $('note-body').hidden = !known;
    $('note-units').hidden = known;
    if (known) await this.start(units);
    else this.root.querySelector('[data-unit]').focus();
  }

  async start(units) {
    $('note-units').hidden = true;
    $('note-body').hidden = false;
    $('note-said').textContent = '正在登记并生成转接单…';
    try {
      const done = await this.run(units);
      if (!done) {
        this.close();
        return;
      }
      $('note-text').value = done.note;
      $('note-said').textContent = `已记录转接 ${done.units.join('、')},工单 ${done.ticket}`;
      $('note-copy').focus();
    } catch (error) {
      $('note-said').textContent = `转接未记录:${error.message}。请先口头转接,稍后在工单页补记。`;
    }
  }

  async copy() {
    const done = await copy($('note-text').value);
    $('note-said').textContent = done ? '已复制' : '浏览器不允许复制,请手工选中复制';
  }

  key(event) {
    if (event.isComposing) return;
    const unit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
    if (event.key === 'Escape') this.close();
    else if (unit && !$('note-units').hidden) {
      const button = this.root.querySelectorAll('[data-unit]')[Number(unit[1]) - 1];
      if (!button) return;
      button.click();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  close() {
    this.root.hidden = true;
    if (this.back) this.back.focus();
  }
}
