// 一次来电几件事: proposes the parts; the operator takes them over, edits them, or goes on as one.

const WAIT = 700;
const SHORTEST = 24;

function el(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

export class Parts {
  constructor(root, call, onChange) {
    Object.assign(this, { root, call, onChange, proposed: [], taken: false, adopted: false, ignored: '', turn: 0, timer: 0, abort: null });
    this.list = root.querySelector('#parts-list');
    this.head = root.querySelector('#parts-head');
    root.querySelector('#parts-take').addEventListener('click', () => this.take());
    root.querySelector('#parts-ignore').addEventListener('click', () => this.ignore());
  }

  // The text changed: what was proposed for the old one goes. Parts that were taken over stay, for they
  // are the operator's now.
  follow(title, text) {
    clearTimeout(this.timer);
    if (this.abort) this.abort.abort();
    this.turn += 1;
    if (this.taken) return;
    if (Array.from(text).length < SHORTEST) {
      this.rest();
      return;
    }
    this.timer = setTimeout(() => this.ask(title, text), WAIT);
  }

  ask(title, text) {
    const turn = this.turn;
    this.abort = new AbortController();
    this.call('POST', '/split', { title, text }, { signal: this.abort.signal }).then(({ parts }) => {
      if (turn !== this.turn || this.taken) return;
      if (parts.length < 2 || this.ignored === text) this.rest();
      else this.propose(parts, text);
    }).catch(() => {
      // No proposal is no loss: the call is saved as one.
      if (turn === this.turn && !this.taken) this.rest();
    });
  }

  propose(parts, text) {
    this.proposed = parts;
    this.text = text;
    this.root.hidden = false;
    this.root.classList.remove('taken');
    this.head.textContent = `这通来电可能有 ${parts.length} 件事`;
    this.list.replaceChildren(...parts.map((part, at) => this.row(part, at)));
    this.editable(false);
  }

  row(part, at) {
    const row = el('li', 'part');
    row.suggestion = part.suggestion;
    const said = part.suggestion;
    const first = said.category_names[0];
    const head = el('p', 'part-head');
    head.append(el('strong', '', `第 ${at + 1} 件`), el('span', 'u', said.urgency.level));
    head.lastChild.dataset.level = said.urgency.level;
    const choice = el('select', 'part-category');
    choice.setAttribute('aria-label', `第 ${at + 1} 件的类别`);
    choice.append(new Option(first ? `建议 ${first.level2}` : '类别待定', ''));
    for (const name of said.category_names.slice(0, 3)) choice.append(new Option(`定为 ${name.level2}`, name.code));
    const unit = el('span', 'part-unit', said.department[0] ? said.department[0].name : '');
    const drop = el('button', 'part-drop', '并入上一件');
    drop.type = 'button';
    drop.hidden = at === 0;
    drop.addEventListener('click', () => this.merge(row));
    head.append(choice, unit, drop);
    const area = el('textarea', 'part-text');
    area.value = part.text;
    area.rows = 2;
    area.setAttribute('aria-label', `第 ${at + 1} 件的诉求内容`);
    row.append(head, area);
    return row;
  }

  editable(on) {
    for (const field of this.list.querySelectorAll('textarea')) field.readOnly = !on;
    for (const field of this.list.querySelectorAll('select, .part-drop')) field.disabled = !on;
    this.root.querySelector('#parts-take').hidden = on;
    this.root.querySelector('#parts-ignore').textContent = on ? '不拆了' : '按一件登记';
  }

  take() {
    if (this.proposed.length < 2) return false;
    this.taken = true;
    this.root.classList.add('taken');
    this.head.textContent = `将登记为 ${this.list.children.length} 件,同一来电`;
    this.editable(true);
    this.onChange();
    return true;
  }

  merge(row) {
    const before = row.previousElementSibling;
    const [to, from] = [before, row].map((r) => r.querySelector('textarea'));
    to.value = `${to.value}${from.value}`;
    row.remove();
    if (this.list.children.length < 2) this.ignore();
    else this.head.textContent = `将登记为 ${this.list.children.length} 件,同一来电`;
    this.onChange();
  }

  ignore() {
    this.ignored = this.text;
    this.rest();
    this.onChange();
  }

  rest() {
    clearTimeout(this.timer);
    this.turn += 1;
    Object.assign(this, { proposed: [], taken: false, adopted: false });
    this.root.hidden = true;
    this.list.replaceChildren();
  }

  // What is to be stored, in order; null as long as the call is one.
  bodies(common) {
    if (!this.taken) return null;
    return Array.from(this.list.children, (row, at) => ({
      ...common,
      title: undefined,
      text: row.querySelector('textarea').value,
      repeat_of: at === 0 ? common.repeat_of : undefined,
    }));
  }

  // 采纳: what each part shows is decided so, with the category that the operator chose where one was.
  adopt() {
    this.adopted = this.taken;
  }

  // The labels that the operator decided for each part.
  labels() {
    return Array.from(this.list.children, (row) => {
      const said = row.suggestion;
      const code = row.querySelector('select').value;
      const labels = code === '' ? {} : { category: code };
      if (this.adopted) {
        labels.category ||= said.category_names[0]?.code;
        labels.type = said.types[0]?.label;
        labels.department = said.department[0]?.name;
      }
      return Object.values(labels).some(Boolean) ? labels : null;
    });
  }
}
