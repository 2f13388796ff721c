import vue from "@vitejs/plugin-vue";

const isCustomElement = (tag: string) => tag === "phonegate-sign-in";

export default { plugins: [vue({ template: { compilerOptions: { isCustomElement } } })] };
