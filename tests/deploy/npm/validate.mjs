// Holds Kubernetes objects against the schemas that a package ships. In: a JSON list of objects on standard input.
// Out: a JSON list of what is wrong with each, in their order: "" where nothing is, null where the package has no such kind.
import { text } from "node:stream/consumers";
import * as extensions from "@kubernetes-models/istio/extensions.istio.io/v1alpha1";
import * as networking from "@kubernetes-models/istio/networking.istio.io/v1alpha3";

const models = new Map(
  [extensions, networking]
    .flatMap((group) => Object.values(group))
    .filter((model) => model.kind !== undefined)
    .map((model) => [`${model.apiVersion} ${model.kind}`, model]),
);

function wrongWith(object) {
  const Model = models.get(`${object.apiVersion} ${object.kind}`);
  if (Model === undefined) return null;
  try {
    new Model(object).validate();
    return "";
  } catch (error) {
    return error.message;
  }
}

console.log(JSON.stringify(JSON.parse(await text(process.stdin)).map(wrongWith)));
