import type { GenericSchema, InferOutput } from "valibot";
import { describe, expectTypeOf, it } from "vitest";
import type { frontendConfig } from "../../src/contract/frontend-config.ts";
import type { currentSession, refreshedSession, sessionList } from "../../src/contract/sessions.ts";
import type {
  approvedProof,
  approvedStepUp,
  approvedVerification,
  startedVerification,
  verificationView,
} from "../../src/contract/verifications.ts";
import type * as wire from "../../src/client/wire.ts";

/** Removes from a type what JSON cannot express: `readonly`, and an explicit `undefined`. */
type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Plain<Exclude<T[Key], undefined>> }
    : T;
type Output<Schema extends GenericSchema> = Plain<InferOutput<Schema>>;

describe("the client's types are the same as the contract's", () => {
  it("for verifications", () => {
    expectTypeOf<Plain<wire.StartedVerification>>().toEqualTypeOf<
      Output<typeof startedVerification>
    >();
    expectTypeOf<Plain<wire.VerificationView>>().toEqualTypeOf<Output<typeof verificationView>>();
    expectTypeOf<Plain<wire.ApprovedVerification>>().toEqualTypeOf<
      Output<typeof approvedVerification>
    >();
    expectTypeOf<Plain<wire.ApprovedStepUp>>().toEqualTypeOf<Output<typeof approvedStepUp>>();
    expectTypeOf<Plain<wire.ApprovedProof>>().toEqualTypeOf<Output<typeof approvedProof>>();
  });

  it("for sessions and for a frontend's configuration", () => {
    expectTypeOf<Plain<wire.SessionTokens>>().toEqualTypeOf<Output<typeof refreshedSession>>();
    expectTypeOf<Plain<wire.CurrentSession>>().toEqualTypeOf<Output<typeof currentSession>>();
    expectTypeOf<{ sessions: Plain<wire.SessionView>[] }>().toEqualTypeOf<
      Output<typeof sessionList>
    >();
    expectTypeOf<Plain<wire.FrontendConfig>>().toEqualTypeOf<Output<typeof frontendConfig>>();
  });
});
