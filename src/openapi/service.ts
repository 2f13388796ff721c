import { anywhere, configured, guarded, type Operation } from "./operation.ts";

export const serviceOperations: readonly Operation[] = [
  {
    id: "readPublicKeys",
    method: "get",
    path: "/.well-known/jwks.json",
    tag: "Service",
    summary: "Keys to verify tokens with",
    description: "The public keys (RFC 7517). They may be kept for five minutes.",
    security: ["none"],
    answers: {
      200: { description: "The keys.", schemas: ["publicKeys"], headers: ["Cache-Control"] },
    },
    problems: configured,
  },
  {
    id: "readDemo",
    method: "get",
    path: "/",
    tag: "Service",
    summary: "The demo page, or the set-up page",
    description:
      "Where `DEMO` is `on`, the sign-in element and the session that it opens. While a setting is missing or wrong, a page that helps to set it.",
    security: ["none"],
    answers: {
      200: {
        description: "The demo page.",
        mediaType: "text/html",
        headers: ["Content-Security-Policy"],
      },
      503: {
        description: "The set-up page.",
        mediaType: "text/html",
        headers: ["Content-Security-Policy"],
      },
    },
    problems: [...anywhere, "not_found"],
  },
  {
    id: "readFrontendConfig",
    method: "get",
    path: "/v1/config",
    tag: "Service",
    summary: "What a sign-in screen needs to know",
    description:
      "The app's name, the countries with their calling codes, the caller's country, the channels and the length of the code. The caller may keep it for five minutes.",
    security: ["none"],
    answers: {
      200: {
        description: "What there is.",
        schemas: ["frontendConfig"],
        headers: ["Cache-Control"],
      },
    },
    problems: configured,
  },
  {
    id: "readHealth",
    method: "get",
    path: "/healthz",
    tag: "Service",
    summary: "Whether it can do its work",
    description:
      "Names every setting that is missing or wrong, never its value, and the version that runs. Twilio is not asked: wrong credentials are named from the first send that Twilio refused.",
    security: ["none"],
    answers: {
      200: { description: "All is well.", schemas: ["healthReport"] },
      503: { description: "Something is wrong.", schemas: ["healthReport"] },
    },
    problems: anywhere,
  },
  {
    id: "readProblem",
    method: "get",
    path: "/problems/{code}",
    tag: "Service",
    summary: "What a problem means",
    description: "The page that a problem's `type` leads to: what it means and what cures it.",
    security: ["none"],
    answers: {
      200: {
        description: "A page.",
        mediaType: "text/html",
        headers: ["Cache-Control", "Content-Security-Policy"],
      },
    },
    problems: [...anywhere, "not_found"],
  },
  {
    id: "reportMessageStatus",
    method: "post",
    path: "/v1/webhooks/twilio/messages",
    tag: "Service",
    summary: "Twilio's delivery reports",
    description:
      "For Twilio alone: status callbacks of Programmable Messaging, signed with the account's main token. Whatever is signed is answered 204.",
    security: ["none"],
    headers: ["twilioSignature"],
    body: { schema: "form", required: true, description: "Twilio's status callback." },
    answers: { 204: { description: "Noted." } },
    problems: [
      ...guarded,
      "invalid_request",
      "unsupported_media_type",
      "payload_too_large",
      "invalid_signature",
      "store_unavailable",
    ],
  },
  {
    id: "readOpenApi",
    method: "get",
    path: "/openapi.json",
    tag: "Service",
    summary: "This document",
    description: "OpenAPI 3.1. Served as a file, without the Worker.",
    security: ["none"],
    answers: {
      200: {
        description: "The document.",
        mediaType: "application/json",
        headers: ["Cache-Control"],
      },
    },
    problems: [],
    asset: true,
  },
  {
    id: "readApiPage",
    method: "get",
    path: "/docs",
    tag: "Service",
    summary: "The page to try everything on",
    description: "This document as a page. Served as a file, without the Worker.",
    security: ["none"],
    answers: {
      200: {
        description: "A page.",
        mediaType: "text/html",
        headers: ["Cache-Control", "Content-Security-Policy"],
      },
    },
    problems: [],
    asset: true,
  },
];
