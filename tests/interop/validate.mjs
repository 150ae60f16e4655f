// node validate.mjs SCHEMA.json FILE.json: exit code 0 when the file is valid, else 1 with the errors.
import { readFileSync } from "node:fs";
import Ajv from "ajv";
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const [schemaFile, file] = process.argv.slice(2);
const schema = JSON.parse(readFileSync(schemaFile, "utf8"));
if (schema.$schema?.includes("draft-04")) {
  // What the SARIF schema uses of draft 4 means the same in draft 7, but for the name of its id.
  delete schema.$schema;
  delete schema.id;
}
const options = { allErrors: true, strict: false };
const ajv = schema.$schema?.includes("2020-12") ? new Ajv2020(options) : new Ajv(options);
addFormats(ajv);
const validate = ajv.compile(schema);
if (!validate(JSON.parse(readFileSync(file, "utf8")))) {
  for (const error of validate.errors.slice(0, 20)) console.error(`${error.instancePath || "/"} ${error.message} ${JSON.stringify(error.params)}`);
  process.exit(1);
}
