// A reload loses nothing; the draft ends with the tab and never leaves this browser.

const KEY = 'tingsu.draft';
const field = (id) => document.getElementById(id);

export function keep(ids) {
  const draft = Object.fromEntries(ids.map((id) => [id, field(id).value]));
  try {
    if ([draft.text, draft.title, draft.number].every((v) => v.trim() === '')) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify(draft));
  } catch (error) {
    // Storage may be full or forbidden; the page works without it.
  }
}

export function drop() {
  try {
    sessionStorage.removeItem(KEY);
  } catch (error) {
    // As above.
  }
}

// Puts a kept draft back; whether there was one.
export function restore(ids) {
  let draft = null;
  try {
    draft = JSON.parse(sessionStorage.getItem(KEY));
  } catch (error) {
    return false;
  }
  if (!draft) return false;
  for (const id of ids) if (typeof draft[id] === 'string') field(id).value = draft[id];
  return true;
}
