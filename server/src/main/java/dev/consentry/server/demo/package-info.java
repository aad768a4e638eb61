/** A small, lifelike world for people who try the server out, and an issuer of tokens for it. */
@NullMarked
package dev.consentry.server.demo;

import org.jspecify.annotations.NullMarked;
