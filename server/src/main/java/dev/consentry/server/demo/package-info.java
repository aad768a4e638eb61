/** A small, lifelike world for people who try the server out. */
@NullMarked
package dev.consentry.server.demo;

import org.jspecify.annotations.NullMarked;
