// The text's double behind the text area: same font, same width, invisible letters, visible marks.
// It also gives the text area its height, so that nothing has to be measured.

const RANK = { reason: 1, place: 2, cue: 3 };

export class Mirror {
  constructor(area, mirror) {
    this.area = area;
    this.mirror = mirror;
    this.text = '';
    this.marks = [];
  }

  // Marks are {start, end, kind} in characters (code points) of `text`.
  set(text, marks) {
    this.text = text;
    this.marks = marks;
    this.draw();
  }

  // The text changed before new marks are there: marks before the change stay, marks after it move
  // along, marks touched by it go.
  follow(text) {
    const before = Array.from(this.text);
    const after = Array.from(text);
    const short = Math.min(before.length, after.length);
    let head = 0;
    while (head < short && before[head] === after[head]) head += 1;
    let tail = 0;
    while (tail < short - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
    const shift = after.length - before.length;
    this.marks = this.marks
      .filter((m) => m.end <= head || m.start >= before.length - tail)
      .map((m) => (m.end <= head ? m : { ...m, start: m.start + shift, end: m.end + shift }));
    this.text = text;
    this.draw();
  }

  draw() {
    const chars = Array.from(this.text);
    const kinds = new Array(chars.length).fill('');
    for (const mark of this.marks) {
      for (let at = Math.max(0, mark.start); at < Math.min(mark.end, chars.length); at += 1) {
        if ((RANK[mark.kind] || 0) > (RANK[kinds[at]] || 0)) kinds[at] = mark.kind;
      }
    }
    const pieces = document.createDocumentFragment();
    let from = 0;
    for (let at = 1; at <= chars.length; at += 1) {
      if (at < chars.length && kinds[at] === kinds[from]) continue;
      const words = chars.slice(from, at).join('');
      if (kinds[from]) {
        const mark = document.createElement('mark');
        mark.className = `m-${kinds[from]}`;
        mark.textContent = words;
        pieces.append(mark);
      } else {
        pieces.append(words);
      }
      from = at;
    }
    // A last line break has no height of its own in a block, but has in a text area.
    pieces.append('\u200b');
    this.mirror.replaceChildren(pieces);
  }
}
