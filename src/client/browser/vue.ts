// Registers `<phonegate-sign-in>` and declares its attributes, properties and events for Vue's
// templates.
import type { EmitFn, HTMLAttributes, PublicProps } from "vue";
import type {
  PhonegateSignIn,
  SignInAttributes,
  SignInEvents,
  SignInProperties,
} from "./sign-in/sign-in.ts";

export { PhonegateSignIn } from "./sign-in/sign-in.ts";

type CamelCase<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name;

/** Vue's language tools look up the attribute `base-url` of a template as `baseUrl`. */
type Attributes = {
  [Name in keyof SignInAttributes as CamelCase<Name>]: SignInAttributes[Name];
};

type Emitted = EmitFn<{ [Name in keyof SignInEvents]: (event: SignInEvents[Name]) => void }>;

/**
 * Vue's language tools read a template's props from `$props` and its events from `$emit`. Both
 * exist only as types.
 */
type InTemplates = new () => PhonegateSignIn & {
  /** @deprecated Only for type checks of templates. */
  $props: HTMLAttributes & Attributes & SignInProperties & PublicProps;
  /** @deprecated Only for type checks of templates. */
  $emit: Emitted;
};

declare module "vue" {
  interface GlobalComponents {
    "phonegate-sign-in": InTemplates;
  }
}
