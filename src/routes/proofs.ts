import { storeUnavailable } from "../http/store-unavailable.ts";
import { consumeRequest } from "../contract/proofs.ts";
import { invalidToken, testProof } from "../http/bearer.ts";
import { readJsonBody } from "../http/json-body.ts";
import { methodNotAllowed } from "../http/method-not-allowed.ts";
import { Router } from "../http/router.ts";
import { surviveHangUp } from "../http/survive-hang-up.ts";
import { Problem } from "../problem.ts";
import { readProof } from "../session/proof-token.ts";
import { consumeProof } from "../verification/consume-proof.ts";
import { requireServiceKey } from "./service-key.ts";
import { sessionDepsOf } from "./session-deps.ts";
import { depsOf } from "./verification-deps.ts";

const path = "/v1/proofs/consume";

/** Consumes a proof: it must belong to the client, must not have expired, and is accepted once. */
export const proofs = new Router()
  .post(path, async (c) => {
    const { proof_token, accept_test = false } = await readJsonBody(c, consumeRequest);
    const key = await requireServiceKey(c, "This path");
    const { issuer, runtime } = sessionDepsOf(c);
    const proof = await readProof(proof_token, key.clientId, issuer, runtime.now());
    if (proof.kind === "invalid_token") throw invalidToken(proof_token);
    if (proof.kind === "another_client") throw new Problem("insufficient_scope");
    if (proof.kind === "proof_expired") throw new Problem("proof_expired");
    // Another key of the client may lack this purpose. It must not consume these proofs.
    if (!key.purposes.has(proof.claims.purpose)) throw new Problem("insufficient_scope");
    // Before it is used up, so that the backend can ask again.
    if (proof.claims.test && !accept_test) throw testProof(proof_token);
    const { kind } = await surviveHangUp(c, consumeProof(depsOf(c), proof.claims.jti));
    if (kind === "no_proof") throw invalidToken(proof_token);
    if (kind === "proof_used") throw new Problem("proof_used");
    if (kind === "store_unavailable") throw storeUnavailable();
    runtime.log("proof.consumed", { client_id: key.clientId, purpose: proof.claims.purpose });
    return c.json(proof.claims);
  })
  .all(path, methodNotAllowed("POST"));
