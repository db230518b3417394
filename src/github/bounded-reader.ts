/**
 * GitHub's YAML reader with a bound. It expands aliases where they stand, so that a dozen lines can stand for
 * millions of nodes; a workflow file comes from the job's checkout, so it is not to be trusted with our time.
 */
import type { LiteralToken } from "@actions/workflow-parser/templates/tokens/literal-token";
import type { MappingToken } from "@actions/workflow-parser/templates/tokens/mapping-token";
import type { SequenceToken } from "@actions/workflow-parser/templates/tokens/sequence-token";
import { YamlObjectReader } from "@actions/workflow-parser/workflows/yaml-object-reader";

/** Above any real workflow (some 5000 lines), and read in under a second. */
const MAX_NODES = 10_000;
/** Each alias is looked up in the whole document, so its size counts too. */
const MAX_CHARACTERS = 500_000;

/** Thrown by BoundedReader, at the start or in the middle of reading. */
export class WorkflowTooLargeError extends Error {
  constructor() {
    super(`more than ${MAX_CHARACTERS} characters, or ${MAX_NODES} nodes once its aliases are expanded`);
  }
}

export class BoundedReader extends YamlObjectReader {
  private left = MAX_NODES;

  /** @throws WorkflowTooLargeError */
  constructor(fileId: number | undefined, content: string) {
    if (content.length > MAX_CHARACTERS) throw new WorkflowTooLargeError();
    super(fileId, content);
  }

  override allowLiteral(): LiteralToken | undefined {
    return this.spend(super.allowLiteral());
  }

  override allowSequenceStart(): SequenceToken | undefined {
    return this.spend(super.allowSequenceStart());
  }

  override allowMappingStart(): MappingToken | undefined {
    return this.spend(super.allowMappingStart());
  }

  private spend<Token>(token: Token | undefined): Token | undefined {
    if (token !== undefined && this.left-- <= 0) throw new WorkflowTooLargeError();
    return token;
  }
}
