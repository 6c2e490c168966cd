declare const brand: unique symbol;

/** A value that carries its meaning in its type only: a number of pico-dollars is not a number of tokens. */
export type Brand<Value, Name extends string> = Value & { readonly [brand]: Name };
