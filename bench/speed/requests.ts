import { timed } from "./measure.ts";
import { rightCode } from "./workers.ts";
import type { Running } from "./world.ts";

/** The measurements of one scenario: milliseconds per request. */
export type Sample = readonly number[];

let people = 0;

/** A new user with a new address. */
function somebody(): { to: string; headers: Record<string, string> } {
  people += 1;
  const [high, low] = [Math.floor(people / 250) % 250, people % 250];
  return {
    to: `+1202${2_000_000 + people * 7}`,
    headers: { "Content-Type": "application/json", "CF-Connecting-IP": `198.51.${high}.${low}` },
  };
}

async function answerOf<Body>(url: URL, init: RequestInit, status: number): Promise<Body> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (response.status !== status) throw new Error(`${url.pathname}: ${response.status} ${text}`);
  return JSON.parse(text) as Body;
}

const post = <Body>(
  { url }: Running,
  path: string,
  headers: Record<string, string>,
  body: unknown,
  status: number,
) =>
  answerOf<Body>(
    new URL(path, url),
    { method: "POST", headers, body: JSON.stringify(body) },
    status,
  );

/** Measures the hello-world or the bare proxy: one POST with the body of a start. */
export async function plain({ url }: Running): Promise<number> {
  const { to, headers } = somebody();
  const { ms } = await timed(async () => {
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ to }) });
    await response.text();
    if (!response.ok) throw new Error(`${response.status}`);
  });
  return ms;
}

/** Measures three requests of one user: start, check and refresh. */
export async function signIn(
  worker: Running,
  engine: "verify" | "messaging",
): Promise<{ start: number; check: number; refresh: number }> {
  const { to, headers } = somebody();
  const started = await timed(() =>
    post<{ id: string }>(worker, "/v1/verifications", headers, { to }, 201),
  );
  const code = engine === "verify" ? rightCode : await worker.codeFor(to);
  const path = `/v1/verifications/${started.outcome.id}/check`;
  const checked = await timed(() =>
    post<{ refresh_token: string }>(worker, path, headers, { code }, 200),
  );
  const { refresh_token } = checked.outcome;
  const refreshed = await timed(() =>
    post<object>(worker, "/v1/sessions/refresh", headers, { refresh_token }, 200),
  );
  return { start: started.ms, check: checked.ms, refresh: refreshed.ms };
}
