import type { OpenAPIV3_1 } from 'openapi-types'

type Document = Partial<OpenAPIV3_1.Document>
type Json = Record<string, unknown>

/**
 * Makes the generated description say what a reader needs and no more: examples stand beside the parameters instead of
 * inside their schemas, whole numbers lose the bounds of a double, and every answer is described. Changes the document.
 */
export function tidyDocument(document: Document): Document {
  for (const path of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(path ?? {})) tidyOperation(operation as OpenAPIV3_1.OperationObject)
  }
  dropBounds(document.paths)
  return document
}

function tidyOperation(operation: OpenAPIV3_1.OperationObject): void {
  for (const parameter of (operation.parameters ?? []) as OpenAPIV3_1.ParameterObject[]) {
    const { example, ...schema } = parameter.schema as Json
    if (example !== undefined) Object.assign(parameter, { schema, example })
  }
  for (const response of Object.values(operation.responses ?? {}) as OpenAPIV3_1.ResponseObject[]) {
    // What the generator writes where there is no description.
    if (response.description === 'Default Response') response.description = operation.summary ?? ''
  }
}

/** `z.int()` says that a number is one that a double holds exactly; every reader of JSON assumes so. */
function dropBounds(node: unknown): void {
  if (typeof node !== 'object' || node === null) return
  const schema = node as Json
  if (schema['type'] === 'integer') {
    if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum']
    if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum']
  }
  for (const child of Object.values(schema)) dropBounds(child)
}
