/** The guard cannot do its work here: what happened, and what to do about it. Never the fault of the guarded command. */
export class GuardFailure extends Error {
  override readonly name = "GuardFailure";
  /** Whole sentences without a line end. */
  readonly remedy: string;

  constructor(message: string, remedy = "", options?: ErrorOptions) {
    super(message, options);
    this.remedy = remedy;
  }
}
