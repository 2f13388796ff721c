import { anywhere, configured, guarded, type Operation } from "./operation.ts";

export const serviceOperations: readonly Operation[] = [
  {
    id: "readPublicKeys",
    method: "get",
    path: "/.well-known/jwks.json",
    tag: "Service",
    summary: "Read the public keys",
    description:
      "Returns the keys that verify tokens (RFC 7517). They may be cached for five minutes.",
    security: ["none"],
    answers: {
      200: { description: "The keys.", schemas: ["publicKeys"], headers: ["Cache-Control"] },
    },
    problems: configured,
  },
  ...(
    [
      ["readServerMetadata", "/.well-known/oauth-authorization-server", "OAuth"],
      ["readOpenIdConfiguration", "/.well-known/openid-configuration", "OpenID Connect"],
    ] as const
  ).map(([id, path, protocol]): Operation => ({
    id,
    method: "get",
    path,
    tag: "Service",
    summary: `Read the discovery document of ${protocol} libraries`,
    description:
      "Returns what a library needs to verify tokens: the issuer, the address of the keys and the algorithms (RFC 8414). Both addresses return the same document. It names only endpoints that exist, so no authorization endpoint and no token endpoint. It may be cached for five minutes.",
    security: ["none"],
    answers: {
      200: {
        description: "The document.",
        schemas: ["serverMetadata"],
        headers: ["Cache-Control"],
      },
    },
    problems: configured,
  })),
  {
    id: "readDemo",
    method: "get",
    path: "/",
    tag: "Service",
    summary: "Open the demo page or the set-up page",
    description:
      "With `DEMO=on` it shows the sign-in element and the session that it opens. While a setting is missing or wrong, it shows a page that helps to set it.",
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
    summary: "Read the settings of a sign-in screen",
    description:
      "Returns the app's name, the countries with their calling codes, the caller's country, the channels and the length of the code. The caller may cache it for five minutes.",
    security: ["none"],
    answers: {
      200: {
        description: "The settings.",
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
    summary: "Read the Worker's health",
    description:
      "Returns the running version, and the names of all settings that are missing or wrong, never their values. It does not call Twilio: wrong credentials are reported after the first send that Twilio refused.",
    security: ["none"],
    answers: {
      200: { description: "The Worker can serve requests.", schemas: ["healthReport"] },
      503: { description: "At least one setting is missing or wrong.", schemas: ["healthReport"] },
    },
    problems: anywhere,
  },
  {
    id: "readProblem",
    method: "get",
    path: "/problems/{code}",
    tag: "Service",
    summary: "Open the page of a problem",
    description: "The page of a problem's `type`. It explains the problem and its cure.",
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
    summary: "Receive Twilio's delivery reports",
    description:
      "Only for Twilio: status callbacks of Programmable Messaging, signed with the account's main token. Every callback with a right signature gets 204.",
    security: ["none"],
    headers: ["twilioSignature"],
    body: { schema: "form", required: true, description: "Twilio's status callback." },
    answers: { 204: { description: "The report is received." } },
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
    summary: "Read this document",
    description:
      "Returns the OpenAPI 3.1 document. Its server is the issuer, or without an issuer the requested host.",
    security: ["none"],
    answers: {
      200: {
        description: "The document.",
        mediaType: "application/json",
        headers: ["Cache-Control"],
      },
    },
    problems: [...anywhere, "not_found"],
  },
  {
    id: "readApiPage",
    method: "get",
    path: "/docs",
    tag: "Service",
    summary: "Open this page",
    description:
      "This document as a page on which you can try each request. Cloudflare serves it as a file, without running the Worker.",
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
