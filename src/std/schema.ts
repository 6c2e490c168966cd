/** zod, for the config and for what goes over the wire: nobody else names the package. */
export * as z from 'zod';
