/** Creates a DOM element. Data becomes text nodes and attributes, never markup. */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

export const byId = (id) => document.getElementById(id);

let toastTimer;
export function toast(text) {
  const node = byId("toast");
  node.textContent = text;
  node.classList.add("shown");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => node.classList.remove("shown"), 2200);
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`Copied ${text}`);
    return true;
  } catch {
    toast(`The browser refused to copy ${text}`);
    return false;
  }
}

/**
 * Groups the digits of a North American number. Other numbers stay as they are, because their
 * grouping differs.
 */
export function formatNumber(number) {
  return number.replace(/^(whatsapp:)?(\+1)(\d{3})(\d{3})(\d{4})$/, "$2 $3 $4 $5");
}

export async function call(method, path, body) {
  const init = { method, headers: { "Content-Type": "application/json" } };
  if (body !== undefined) init.body = JSON.stringify(body);
  const response = await fetch(path, init);
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.status === 204 ? undefined : response.json();
}
