import type { CountryCode } from "libphonenumber-js/max";
import type { Channel } from "../contract/channels.ts";
import { locationOf } from "../lib/country-location.ts";
import { callObject, type Watch } from "../lib/store.ts";
import type {
  LiveSession,
  OpenOutcome,
  OpenRequest,
  RefreshOutcome,
  RefreshRequest,
} from "./refresh.ts";
import type { LastSignInOutcome, NumberErased } from "./last-sign-in.ts";
import type { ListOutcome } from "./list.ts";
import type { SubjectSessionsObject } from "./sessions-object.ts";
import type { RaiseOutcome } from "./step-up.ts";
import type { AllEnded, EverywhereOutcome, NotLive, SignOutOutcome } from "./sign-out.ts";

/**
 * Calls the object with the sessions of one subject. Each call is one hop. A failure is the value
 * `store_unavailable`. All calls are idempotent, so each is retried once. A retried refresh gets the
 * same successor.
 */
export class SubjectSessionsClient {
  /** Makes a new stub for each attempt, since a stub that has thrown may throw on every later call. */
  readonly #stub: () => DurableObjectStub<SubjectSessionsObject>;
  readonly #watch: Watch;

  /** `country` decides where a new object is created. An existing object is not moved. */
  constructor(
    namespace: DurableObjectNamespace<SubjectSessionsObject>,
    name: string,
    watch: Watch,
    country?: CountryCode,
  ) {
    const options = country && { locationHint: locationOf(country) };
    this.#stub = () => namespace.getByName(name, options);
    this.#watch = watch;
  }

  open(request: OpenRequest) {
    return this.#call<OpenOutcome>(async () => this.#stub().open(request));
  }

  refresh(request: RefreshRequest) {
    return this.#call<RefreshOutcome>(async () => this.#stub().refresh(request));
  }

  raise(request: { id: string; channel: Channel; testUntilMs?: number | undefined }) {
    return this.#call<RaiseOutcome>(async () => this.#stub().raise(request));
  }

  list(by: string) {
    return this.#call<ListOutcome>(async () => this.#stub().list(by));
  }

  read(id: string) {
    return this.#call<LiveSession | NotLive>(async () => this.#stub().read(id));
  }

  lastSignIn() {
    return this.#call<LastSignInOutcome>(async () => this.#stub().lastSignIn());
  }

  eraseNumber(ledger: string) {
    return this.#call<NumberErased>(async () => this.#stub().eraseNumber(ledger));
  }

  forgetSignIn() {
    return this.#call<{ readonly kind: "forgotten" }>(async () => this.#stub().forgetSignIn());
  }

  signOut(request: { by: string; id: string }) {
    return this.#call<SignOutOutcome>(async () => this.#stub().signOut(request));
  }

  signOutEverywhere(request: { by: string; name: string }) {
    return this.#call<EverywhereOutcome>(async () => this.#stub().signOutEverywhere(request));
  }

  endAll() {
    return this.#call<AllEnded>(async () => this.#stub().endAll());
  }

  #call<Outcome>(call: () => Promise<Outcome>) {
    return callObject(this.#watch, "subject_sessions", call, { idempotent: true });
  }
}
