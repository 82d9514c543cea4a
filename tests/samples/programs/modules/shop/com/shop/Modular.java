/** Fails in a named module, whose name and version Java prints in front of each frame: java -p <modules> -m shop/com.shop.Modular. */
package com.shop;

public class Modular {
    static int charge(int amount) { return 1 / amount; }

    public static void main(String[] args) {
        try { charge(0); } catch (ArithmeticException error) { throw new IllegalStateException("charge refused", error); }
    }
}
