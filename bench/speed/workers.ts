/** A hello-world Worker. */
export const helloScript = `export default { fetch: () => new Response("hello") };`;

/** A bare proxy: it forwards a request to Twilio and returns the answer. */
export const proxyScript = `export default {
  async fetch(request) {
    const body = await request.text();
    const answer = await fetch("https://verify.twilio.com/v2/Services/VA${"0".repeat(32)}/Verifications", {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body,
    });
    return new Response(answer.body, { status: answer.status });
  },
};`;

/** The code that the stub's Verify accepts. */
export const rightCode = "246810";

/**
 * A stub of the parts of Twilio that a sign-in needs. \`POST /delay?ms=\` sets how long each answer waits.
 * \`/code?to=\` returns the last sent code of our own.
 */
export const twilioScript = `
let delayMs = 0;
const codes = new Map();
const hex = () => crypto.randomUUID().replaceAll("-", "");
const json = (body) => Response.json(body, { headers: { "Twilio-Request-Id": "RQ" + hex() } });
export default {
  async fetch(request) {
    const url = new URL(request.url);
    if (url.pathname === "/delay") { delayMs = Number(url.searchParams.get("ms")); return new Response("ok"); }
    if (url.pathname === "/code") return new Response(codes.get(url.searchParams.get("to")) ?? "");
    const form = new URLSearchParams(await request.text());
    if (delayMs > 0) await scheduler.wait(delayMs);
    const to = form.get("To") ?? "";
    const [, , kind, owner, last] = url.pathname.split("/");
    if (kind === "Services" && url.pathname.endsWith("/Verifications")) {
      const sid = "VE" + hex();
      codes.set(to, sid);
      return json({ sid, service_sid: owner, account_sid: "AC", to, channel: form.get("Channel"), status: "pending",
        valid: false, date_created: new Date().toISOString(), date_updated: new Date().toISOString(), send_code_attempts: [] });
    }
    if (url.pathname.endsWith("/VerificationCheck")) {
      const sid = form.get("VerificationSid") ?? "";
      const known = [...codes].findLast(([, value]) => value === sid);
      const valid = form.get("Code") === "${rightCode}";
      return json({ sid, service_sid: owner, to: known?.[0] ?? to, channel: "sms", status: valid ? "approved" : "pending", valid,
        date_created: new Date().toISOString() });
    }
    if (url.pathname.endsWith("/Feedback.json")) return json({ outcome: "confirmed" });
    codes.set(to, /\\d{6}/.exec(form.get("Body") ?? "")?.[0] ?? "");
    return json({ sid: "SM" + hex(), account_sid: owner, to, status: "queued" });
  },
};`;
