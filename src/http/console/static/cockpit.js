// 驾驶舱: takes what changed from the stream and puts it in place. Without it the page is as it was
// opened, with a link to open it anew.

const board = document.querySelector('[data-stream]');
const state = document.querySelector('[data-state]');
let source = null;
let ended = false;

// Makes `old` what `now` is and touches nothing that is the same, so that focus, scroll and selection stay.
function become(old, now) {
  if (old.nodeType !== now.nodeType || old.nodeName !== now.nodeName) {
    old.replaceWith(now);
    return;
  }
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== now.data) {
      old.data = now.data;
      mark(old.parentElement);
    }
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) return;
  for (const { name } of Array.from(old.attributes)) if (!now.hasAttribute(name) && name !== 'class') old.removeAttribute(name);
  for (const { name, value } of Array.from(now.attributes)) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const [was, is] = [Array.from(old.childNodes), Array.from(now.childNodes)];
  is.forEach((node, at) => (was[at] ? become(was[at], node) : old.append(node)));
  was.slice(is.length).forEach((node) => node.remove());
}

function mark(element) {
  if (!element || element.namespaceURI !== 'http://www.w3.org/1999/xhtml') return;
  element.classList.add('changed');
  element.addEventListener('animationend', () => element.classList.remove('changed'), { once: true });
}

function say(text) {
  if (state.textContent !== text) state.textContent = text;
}

function take(event) {
  const { at, seq, parts } = JSON.parse(event.data);
  for (const [id, html] of Object.entries(parts)) {
    const section = document.getElementById(id);
    if (!section) continue;
    const fresh = section.cloneNode(false);
    fresh.innerHTML = html;
    become(section, fresh);
  }
  board.dataset.seq = seq;
  say(`截至 ${at},自动更新`);
}

function listen() {
  if (source || ended || document.hidden) return;
  source = new EventSource(board.dataset.stream + location.search);
  source.addEventListener('parts', take);
  source.addEventListener('end', () => {
    ended = true;
    stop();
    say('登录已结束,数字不再更新,请重新登录');
  });
  source.addEventListener('error', () => {
    // 2: the service refused; the browser does not come back by itself.
    if (source && source.readyState === 2) {
      stop();
      say('自动更新已中断,请点“刷新”');
      setTimeout(listen, 60000);
    } else {
      say('连接中断,正在重连;数字截至上次更新');
    }
  });
}

function stop() {
  if (source) source.close();
  source = null;
}

if (board && state && 'EventSource' in window) {
  // A page that nobody sees is not kept up to date, and does not keep its session alive.
  document.addEventListener('visibilitychange', () => (document.hidden ? stop() : listen()));
  addEventListener('pagehide', stop);
  listen();
}
