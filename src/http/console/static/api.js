// Calls to /api/v1. Every failure becomes an ApiError whose message says what to do.

export class ApiError extends Error {
  constructor(message, { status = 0, code = '', field = '', retryAfter = 0, requestId = '' } = {}) {
    super(message);
    Object.assign(this, { status, code, field, retryAfter, requestId });
  }
}

const ADVICE = {
  0: '连接不到服务,请检查网络后重试',
  400: '内容有误',
  401: '登录已过期,请在新窗口重新登录后重试',
  403: '没有此项权限',
  409: '同一编号已登记过不同内容',
  413: '内容超出长度上限,请删减后重试',
  429: '操作过于频繁,请稍候重试',
  503: '服务繁忙,请稍候重试',
};

// What is quoted, figures and signs say nothing of the language, the other letters do; `error.rs` judges alike.
function isChinese(text) {
  const own = text.replace(/“[^”]*”/g, '');
  return (own.match(/[\u4e00-\u9fff]/g) || []).length > (own.match(/[a-z]/gi) || []).length;
}

// Proves to the service that a call comes from one of its own pages.
export const proof = () => document.querySelector('meta[name=csrf]')?.content || '';

export async function call(method, path, body, { signal, headers: more = {} } = {}) {
  const headers = method === 'GET' ? more : { 'X-CSRF-Token': proof(), ...more };
  let response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      signal,
      headers: body === undefined ? headers : { 'Content-Type': 'application/json', ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError(ADVICE[0]);
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer !== null) return answer;
  const error = (answer && answer.error) || {};
  // What the service says in Chinese is meant for the person, and more exact.
  const said = error.message || '';
  const told = isChinese(said) ? said : '';
  throw new ApiError(told || ADVICE[response.status] || '服务出错,请重试或联系管理员', {
    status: response.status,
    code: error.code,
    field: error.field,
    requestId: error.request_id,
    retryAfter: Number(response.headers.get('Retry-After')) || 0,
  });
}

// A key of its own for each appeal, so that a repeated save stores it once. randomUUID is missing in
// older browsers and on plain http.
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}
