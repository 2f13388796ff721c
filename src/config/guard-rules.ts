/** The constants with which the guard's rules judge. */

/** The conversion breaker. Capacities are unverified sends, and shares are shares of approvals. */
export interface ConversionConstants {
  /** @default 20 */
  readonly leastDayCapacity: number;
  /** Share of the approvals of the best UTC day of the last fourteen. @default 0.3 */
  readonly dayShareOfBestDay: number;
  /** Share of the approvals of the last 24 hours. @default 0.3 */
  readonly dayShareOfLastDay: number;
  /** @default 3 */
  readonly leastHourCapacity: number;
  /** The day's capacity is at most this many times the hour's. @default 6 */
  readonly hourCapacitiesPerDay: number;
  /** Share of the approvals of the last hour. @default 0.2 */
  readonly hourShareOfLastHour: number;
}

export const conversionDefaults: ConversionConstants = {
  leastDayCapacity: 20,
  dayShareOfBestDay: 0.3,
  dayShareOfLastDay: 0.3,
  leastHourCapacity: 3,
  hourCapacitiesPerDay: 6,
  hourShareOfLastHour: 0.2,
};

export interface FailedChecksConstants {
  /** The counted time span, in slots of one minute. @default 10 */
  readonly windowMinutes: number;
  /** Fewer failed checks in the window are ignored. @default 200 */
  readonly leastFailed: number;
  /** Expected failed checks for each approval, since users mistype too. @default 2 */
  readonly failedPerApproval: number;
  /**
   * How long all callers must pass a captcha after the last failed check over the limit.
   *
   * @default 15 minutes
   */
  readonly askMs: number;
}

export const failedChecksDefaults: FailedChecksConstants = {
  windowMinutes: 10,
  leastFailed: 200,
  failedPerApproval: 2,
  askMs: 15 * 60 * 1000,
};

/** How many countries one address may send to without a right code. */
export interface CountriesRule {
  /** @default 3 */
  readonly mostCountries: number;
  readonly windowMs: number;
}

export const countriesDefaults: CountriesRule = {
  mostCountries: 3,
  windowMs: 24 * 60 * 60 * 1000,
};
