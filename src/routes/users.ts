import * as v from "valibot";
import { subjectText } from "../contract/fields.ts";
import { subjectsSearch } from "../contract/users.ts";
import { KeyUses } from "../guard/key-uses.ts";
import { readJsonBody } from "../http/json-body.ts";
import { methodNotAllowed } from "../http/method-not-allowed.ts";
import { Router } from "../http/router.ts";
import { storeUnavailable } from "../http/store-unavailable.ts";
import { Problem } from "../problem.ts";
import { readSubject } from "../session/subject-record.ts";
import { findSubjects } from "../verification/find-subjects.ts";
import { problemFor } from "./outcome-problems.ts";
import { requireScope } from "./service-key.ts";
import { sessionDepsOf } from "./session-deps.ts";
import { depsOf } from "./verification-deps.ts";

const findPath = "/v1/subjects/find";
const subjectPath = "/v1/subjects/:sub";

/** Which number a subject has, and which subjects a number has. For a key that lists `subjects`. */
export const users = new Router()
  .get(subjectPath, async (c) => {
    const client_id = await requireScope(c, "subjects");
    const subject = c.req.param("sub");
    const outcome = v.is(subjectText, subject)
      ? await readSubject(sessionDepsOf(c), subject)
      : ({ kind: "subject_not_found" } as const);
    if (outcome.kind === "store_unavailable") throw storeUnavailable();
    const found = outcome.kind === "found";
    c.var.runtime.log("subject.read", { client_id, by: "subject", found });
    if (outcome.kind === "subject_not_found") throw new Problem(outcome.kind);
    return c.json(outcome.record);
  })
  .post(findPath, async (c) => {
    const client_id = await requireScope(c, "subjects");
    const { phone_number } = await readJsonBody(c, subjectsSearch);
    const { config, runtime } = c.var;
    const uses = new KeyUses(c.env.SEND_BUDGET, config.subjectKey, runtime);
    const outcome = await findSubjects({ ...depsOf(c), uses }, phone_number, client_id);
    const found = outcome.kind === "found";
    if (found || outcome.kind === "subject_not_found")
      runtime.log("subject.read", { client_id, by: "number", found });
    if (outcome.kind !== "found") throw problemFor(outcome);
    return c.json(outcome.found);
  })
  .all(findPath, methodNotAllowed("GET", "POST"))
  .all(subjectPath, methodNotAllowed("GET"));
