import { guarded, jsonBody, type Operation } from "./operation.ts";

export const proofOperations: readonly Operation[] = [
  {
    id: "consumeProof",
    method: "post",
    path: "/v1/proofs/consume",
    tag: "Proofs",
    summary: "Spend a proof",
    description:
      "A proof is good once, for the client whose service key has started its verification, with a key of its purpose. The answer is what it says. For a transaction compare `txn` with the hash of what you are about to do.",
    security: ["serviceKey"],
    body: { schema: "consumeRequest", required: true },
    answers: { 200: { description: "It was good, and is used up.", schemas: ["proofClaims"] } },
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
