import { Webhook } from "standardwebhooks";
import { createWorld } from "./world.ts";

export const hookSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDCQ==";
export const sendUrl = "https://backend.example/before-send";
export const sessionUrl = "https://backend.example/before-session";
export const sendHook = { HOOK_BEFORE_SEND_URL: sendUrl, HOOK_SECRET: hookSecret };
export const sessionHook = { HOOK_BEFORE_SESSION_URL: sessionUrl, HOOK_SECRET: hookSecret };

/** What a hook was asked, once its signature is verified. */
export interface Question {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export type HookReply = (question: Question) => Response | Promise<Response>;

export const allow: HookReply = () => Response.json({ allow: true });
export const refuse: HookReply = () => Response.json({ allow: false });

/** A world whose app's backend answers hooks. All that the Worker asks is in `asked`, in order. */
export async function hookedWorld(env: Record<string, unknown>, reply: HookReply) {
  const questions: Question[] = [];
  const asked: string[] = [];
  const backend = { reply };
  const world = await createWorld({
    env,
    network: async (request, twin) => {
      const { url, method } = request;
      if (!url.startsWith("https://backend.example/")) {
        asked.push("twilio");
        return twin(request);
      }
      const headers = Object.fromEntries(request.headers);
      const verified = new Webhook(hookSecret).verify(await request.text(), headers) as Question;
      asked.push(verified.type);
      if (method !== "POST" || request.redirect !== "manual") throw new Error("not as agreed");
      questions.push(verified);
      return backend.reply(verified);
    },
  });
  return { world, questions, asked, backend };
}

/** Answers that are none, each with the reason in the log. */
export const unusable: readonly (readonly [reason: string, reply: HookReply])[] = [
  ["status_500", () => new Response("no", { status: 500 })],
  ["status_204", () => new Response(null, { status: 204 })],
  ["status_404", () => Response.json({ allow: true }, { status: 404 })],
  ["redirected", () => Response.redirect("https://evil.example/", 302)],
  ["redirected", () => Response.redirect("https://backend.example/elsewhere", 307)],
  ["too_large", () => Response.json({ allow: true, more: "x".repeat(8192) })],
  ["malformed", () => new Response("yes")],
  ["malformed", () => new Response("")],
  ["malformed", () => Response.json({})],
  ["malformed", () => Response.json(true)],
  ["malformed", () => Response.json([{ allow: true }])],
  ["malformed", () => Response.json({ allow: "true" })],
  ["malformed", () => Response.json({ allow: true, acr: "aal2" })],
  ["network", () => Promise.reject(new TypeError("the connection broke"))],
];
