import { guarded, jsonBody, type Operation } from "./operation.ts";

export const proofOperations: readonly Operation[] = [
  {
    id: "consumeProof",
    method: "post",
    path: "/v1/proofs/consume",
    tag: "Proofs",
    summary: "Use a proof",
    description:
      "Accepts a proof once. Only the client whose service key started the verification can use it, with a key that lists its purpose. The answer has the proof's claims. For a transaction compare `txn` with the hash of the action that your backend will perform.",
    security: ["serviceKey"],
    body: { schema: "consumeRequest", required: true },
    answers: {
      200: { description: "The proof was valid and is now used.", schemas: ["proofClaims"] },
    },
    problems: [
      ...guarded,
      ...jsonBody,
      "invalid_token",
      "invalid_service_key",
      "insufficient_scope",
      "proof_expired",
      "proof_used",
      "store_unavailable",
    ],
  },
];
