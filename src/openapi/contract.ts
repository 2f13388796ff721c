import * as deadLetters from "../contract/dead-letters.ts";
import * as frontendConfig from "../contract/frontend-config.ts";
import * as guard from "../contract/guard.ts";
import * as introspection from "../contract/introspection.ts";
import * as locks from "../contract/locks.ts";
import * as proofs from "../contract/proofs.ts";
import * as service from "../contract/service.ts";
import * as sessions from "../contract/sessions.ts";
import * as startRequest from "../contract/start-request.ts";
import * as subjects from "../contract/subjects.ts";
import * as users from "../contract/users.ts";
import * as verifications from "../contract/verifications.ts";

/**
 * Every schema of the contract by its name. A test fails if a file of `contract/` is missing here.
 */
export const contract = {
  ...deadLetters,
  ...frontendConfig,
  ...guard,
  ...introspection,
  ...locks,
  ...proofs,
  ...service,
  ...sessions,
  ...startRequest,
  ...subjects,
  ...users,
  ...verifications,
};
